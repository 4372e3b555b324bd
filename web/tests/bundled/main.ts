// A page that a bundler makes of the package, and that tsc checks against its types.
import { Kokoro, KokoroError, type Chunk, type Device, type Progress, pcm16, wavBlob } from 'kokoro-wgpu';

declare global {
  interface Window {
    spoken: Promise<{ chunks: number; samples: number; kernel: string; bytes: number } | { code: string }>;
  }
}

async function speak(): Promise<{ chunks: number; samples: number; kernel: string; bytes: number } | { code: string }> {
  const stages = new Set<Progress['stage']>();
  const chunks: Chunk[] = [];
  try {
    const model = new URLSearchParams(location.search).get('seeded');
    const untrained = { seeded: { seed: 0, config: model ?? '' } }; // for tests of the package, so that types don't have it
    const tts = await Kokoro.load({
      model: new Blob(),
      dtype: 'f16',
      check: false,
      languages: ['en-us'],
      onprogress: ({ stage }) => stages.add(stage),
      ...untrained,
    });
    const device: Device = tts.device;
    for await (const chunk of tts.stream('Hi, Al.', { voice: 'seeded:1', speed: 1.5 })) chunks.push(chunk);
    const wav: Blob = wavBlob(chunks.map(({ audio }) => pcm16(audio)), chunks[0]?.sampleRate);
    const samples = chunks.reduce((sum, { audio }) => sum + audio.length, 0);
    tts.close();
    return { chunks: chunks.length, samples, kernel: device.kernel, bytes: wav.size };
  } catch (error) {
    if (error instanceof KokoroError && error.code !== 'Internal') return { code: `${error.code}: ${error.message}` };
    throw error;
  }
}

window.spoken = speak();

// What tsc has to refuse.
export async function refused(tts: Kokoro): Promise<void> {
  // @ts-expect-error: a load without a model
  await Kokoro.load({ voices: 'voices/' });
  // @ts-expect-error: no such type of weights
  await Kokoro.load({ model: 'model.onnx', dtype: 'q4' });
  // @ts-expect-error: a speed in words
  await tts.generate('Hello.', { speed: 'fast' });
  // @ts-expect-error: instances come from `load`
  new Kokoro();
}

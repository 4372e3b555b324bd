/** What kind of error it is. */
export type ErrorCode =
  /** The browser has no WebGPU, or the page is not from https or localhost. */
  | 'NoWebGPU'
  /** The browser has WebGPU, but offers no GPU. */
  | 'NoAdapter'
  /** The GPU's limits are below WebGPU's defaults. The message lists them. */
  | 'Unsupported'
  /** The device is gone, for instance after a driver's reset. Call `Kokoro.load` again; the files are kept. */
  | 'DeviceLost'
  | 'OutOfMemory'
  /** Errors of the driver, and a GPU that computes wrong results. */
  | 'Gpu'
  /** The server refused, or the connection broke several times. Loading again goes on where it stopped. */
  | 'Download'
  /** The file's SHA-256 is not the expected one. If it was kept, it was removed. */
  | 'WrongFile'
  /** The file cannot be read any more: it was changed or removed meanwhile. */
  | 'Unreadable'
  /** The file is no model or voice, or is damaged. */
  | 'BadFile'
  /** The text cannot be read in this language. */
  | 'Text'
  | 'Argument'
  | 'Closed'
  /** A fault of this package. */
  | 'Internal';

/** Every rejection, except that of an aborted call, which is the signal's reason (a DOMException named AbortError). */
export class KokoroError extends Error {
  code: ErrorCode;
}

export type Source = string | URL | ArrayBuffer | Blob;

export type Progress =
  /** Bytes of the model's file, and of the dictionaries that read text; `total` if the server tells it. */
  | { stage: 'model' | 'text'; loaded: number; total?: number }
  /** Checking the GPU, on its first visit; uploading the weights; on a GPU, speaking a short utterance, so that the next is no slower. */
  | { stage: 'check' | 'upload' | 'warm-up' };

export interface LoadOptions {
  /** The weights: safetensors, ONNX (also int8) or .pth of Kokoro-82M. What a URL brings is kept for the next visit. */
  model: Source;
  /** The folder of NAME.bin, or a source for each name. They are fetched when they first speak. */
  voices?: string | URL | Record<string, Source>;
  /** The expected SHA-256 of the model's file, in hexadecimal digits. */
  sha256?: string;
  /** How the GPU stores the weights: 'f16' (default) takes half the memory of 'f32'. Sums are float32 in both. */
  dtype?: 'f16' | 'f32';
  /** Whether a GPU is checked and measured on its first visit, for a few seconds. 'always': a CPU too, which then warms up. Default true. */
  check?: boolean | 'always';
  /** Languages whose dictionaries are loaded in advance. Default ['en-us']; [] for pages that bring phonemes. */
  languages?: string[];
  onprogress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Another place for worker.js, if a bundler moved it. */
  workerUrl?: string | URL;
}

export interface SpeakOptions {
  /** A name such as 'af_heart', or a blend such as 'af_heart:2,af_sky'. Default 'af_heart'. */
  voice?: string;
  /** 0.25 to 4; 2 is twice as fast. Default 1. */
  speed?: number;
  /** The language of the text: 'en-us', 'en-gb', 'zh', or 'ja' in kana. Default: by the voice's name. */
  language?: string;
  /** The text is phonemes, one chunk in each line. */
  phonemes?: boolean;
  /** Seed of the noise: with the same one, a sentence sounds the same again. */
  seed?: number;
  signal?: AbortSignal;
}

export interface Word {
  /** As written, with adjacent punctuation. */
  text: string;
  phonemes: string;
  /** Whether white space follows. */
  spaced: boolean;
  /** Seconds from the start of the whole stream. */
  start: number;
  end: number;
}

export interface Chunk {
  text: string;
  phonemes: string;
  /** Mono, mostly within -1 to 1. Chunks joined are the whole speech, without gaps or overlaps. */
  audio: Float32Array;
  sampleRate: 24000;
  /** Where it starts in the whole speech, in seconds. */
  start: number;
  words: Word[];
  /** How long it took to make, in seconds. */
  seconds: number;
}

export interface Speech {
  audio: Float32Array;
  sampleRate: 24000;
  /** The same, as kokoro.js calls it. */
  sampling_rate: 24000;
  words: Word[];
  phonemes: string;
  /** A WAV file of 16 bit. */
  toBlob(): Blob;
}

export interface Device {
  adapter: { vendor: string; architecture: string; device: string; description: string };
  description: string;
  /** Whether it is a CPU in a GPU's place: hundreds of times slower. */
  fallback: boolean;
  /** The convolution kernel in use. */
  kernel: string;
  limits: Record<string, number>;
  /** GPU memory in bytes. */
  memory: { used: number; peak: number };
  model: { origin: string; parameters: number; bytes: number; precision: 'f16' | 'f32'; maxSeconds: number } | null;
  /** Memory of the engine outside the GPU, in bytes. */
  wasmBytes: number;
  sampleRate: 24000;
}

export interface Trial {
  kernel: string;
  name: string;
  /** Relative error against float64; a string if it is not finite. */
  error: number | string;
  bound: number;
  passed: boolean;
  compileError: string | null;
}

export interface Check {
  passed: boolean;
  passing: string[];
  failing: string[];
  trials: Trial[];
  loopIterations: number | null;
  seconds: number;
  device: Device;
}

export interface Report {
  passed: boolean;
  stages: { name: string; error: number | string; bound: number; passed: boolean }[];
}

export class Kokoro {
  private constructor();
  /** Opens the GPU and loads the model, all in a worker. */
  static load(options: LoadOptions): Promise<Kokoro>;
  /** Facts of the device when the model was loaded, or at the latest call of `facts`. */
  readonly device: Device;
  /** Facts of the device now, with the memory in use. */
  facts(): Promise<Device>;
  /** Compares what this GPU computes with float64 as `check` below, without a model. */
  static check(options?: { signal?: AbortSignal; workerUrl?: string | URL }): Promise<Check>;
  /** Removes all kept files of this origin: models, voices, dictionaries, and what was found about GPUs. */
  static forget(): Promise<void>;
  /**
   * Speaks a text chunk by chunk. The first chunk is short, and while the page takes one, the next is made. The text may come in
   * pieces, as from a language model: a sentence is spoken once it is whole.
   */
  stream(text: string | AsyncIterable<string>, options?: SpeakOptions): AsyncGenerator<Chunk, void, void>;
  /** Speaks a whole text. */
  generate(text: string | AsyncIterable<string>, options?: SpeakOptions): Promise<Speech>;
  /** Compares what this GPU computes with float64, kernel by kernel and stage by stage. */
  check(): Promise<Check>;
  /** Compares every stage of the loaded network with a golden file. */
  verify(origin: string, golden: ArrayBuffer): Promise<Report>;
  /** Frees the GPU and ends the worker. */
  close(): void;
}

/** Pieces of samples as a WAV file: mono, 16 bit. */
export function wavBlob(pieces: (Float32Array | Int16Array)[], sampleRate?: number): Blob;

/** Samples of 16 bit for `wavBlob`. Made of each piece as it comes, they spare a page a long pause at the end. */
export function pcm16(samples: Float32Array): Int16Array;

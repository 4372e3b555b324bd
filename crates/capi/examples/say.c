/* Synthesizes a text into a WAV file, and prints the time of each word as chunks arrive:
 *
 *     cc say.c $(pkg-config --cflags --libs kokoro) -o say
 *     ./say hello.wav "Hello there." [MODEL VOICE]
 *
 * Without MODEL and VOICE, random weights produce noise instead of speech. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kokoro.h>

/* The audio received so far. */
typedef struct {
    float *samples;
    size_t count;
} Audio;

/* A program with audio output would play the samples here. */
static int on_chunk(const KokoroSpeech *chunk, void *user_data)
{
    Audio *audio = user_data;
    size_t count, words;
    const float *samples = kokoro_speech_samples(chunk, &count);
    float *grown = realloc(audio->samples, (audio->count + count) * sizeof *grown);
    if (grown == NULL)
        return 1; /* stop */
    memcpy(grown + audio->count, samples, count * sizeof *grown);
    audio->samples = grown;
    audio->count += count;

    const KokoroWord *word = kokoro_speech_words(chunk, &words);
    for (; words > 0; words--, word++)
        printf("%7.3f %7.3f %s\n", (double)word->start / KOKORO_SAMPLE_RATE, (double)word->end / KOKORO_SAMPLE_RATE,
               word->text);
    return 0; /* continue */
}

int main(int count, char **arguments)
{
    if (count != 3 && count != 5) {
        fprintf(stderr, "usage: say OUT.wav TEXT [MODEL VOICE]\n");
        return 2;
    }
    if (kokoro_abi_version() != KOKORO_ABI_VERSION) {
        fprintf(stderr, "kokoro.h and the library (%s) have different ABI versions\n", kokoro_version());
        return 1;
    }
    const char *out = arguments[1], *text = arguments[2];
    KokoroContext *context = NULL;
    KokoroModel *model = NULL;
    KokoroVoice *voice = NULL;
    KokoroSynthesizer *synthesizer = NULL;
    Audio audio = {NULL, 0};

    /* KOKORO_STATUS_OK is 0, so the first error ends the chain. */
    int failed = kokoro_context_open(NULL, &context) /* the fastest adapter */
        || (count == 5 ? kokoro_model_open(context, arguments[3], NULL, &model)
                       : kokoro_model_seeded(context, 0, NULL, &model))
        || (count == 5 ? kokoro_voice_open(arguments[4], NULL, &voice) : kokoro_voice_seeded(0, 0, &voice))
        || kokoro_synthesizer_new(model, &synthesizer)
        || kokoro_narrate(synthesizer, voice, text, NULL, on_chunk, &audio)
        || kokoro_wav_write(out, audio.samples, audio.count);
    if (failed)
        fprintf(stderr, "error: %s\n", kokoro_error_message());
    else
        printf("%s: %.2f s by %s on %s\n", out, (double)audio.count / KOKORO_SAMPLE_RATE, kokoro_model_origin(model),
               kokoro_context_adapter(context));

    free(audio.samples);
    kokoro_synthesizer_free(synthesizer);
    kokoro_voice_free(voice);
    kokoro_model_free(model);
    kokoro_context_free(context);
    return failed;
}

/* Threads: two speak at once with one model and say what one alone says; a third is refused, and a fourth stops them.
 * Run by crates/capi/tests/run. */
#include <pthread.h>

#include "check.h"

enum { SPEAKERS = 2, TURNS = 3 };

static KokoroModel *model;
static KokoroVoice *voice;
static KokoroSynthesizer *shared;
static KokoroCancel *cancel;
static const float *expected;
static size_t expected_count;

static KokoroSpeakOptions quick(void)
{
    KokoroSpeakOptions options = {0};
    options.size = sizeof options;
    options.language = "phonemes";
    options.speed = 4;
    return options;
}

static KokoroSpeech *speak(KokoroSynthesizer *synthesizer)
{
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, "tin cat.", &options, &speech) == KOKORO_STATUS_OK);
    return speech;
}

static void *speaker(void *unused)
{
    KokoroSynthesizer *own;
    KokoroVoice *none;
    (void)unused;
    CHECK(kokoro_synthesizer_new(model, &own) == KOKORO_STATUS_OK);
    for (int turn = 0; turn < TURNS; turn++) {
        KokoroSpeech *speech = speak(own);
        size_t count;
        const float *samples = kokoro_speech_samples(speech, &count);
        CHECK(count == expected_count && memcmp(samples, expected, count * sizeof *samples) == 0);
        kokoro_speech_free(speech);
        /* A message is its thread's own. */
        FAILS(KOKORO_STATUS_ARGUMENT, "width: 5000", kokoro_voice_seeded(0, 5000, &none));
    }
    kokoro_synthesizer_free(own);
    return NULL;
}

/* What the thread that narrates waits for in its callback. */
static pthread_barrier_t inside, done;

static int wait(const KokoroSpeech *chunk, void *times)
{
    CHECK(chunk != NULL);
    if ((*(int *)times)++ == 0) {
        pthread_barrier_wait(&inside);
        pthread_barrier_wait(&done);
    }
    return 0;
}

static void *narrator(void *unused)
{
    KokoroSpeakOptions options = quick();
    int times = 0;
    (void)unused;
    options.cancel = cancel;
    FAILS(KOKORO_STATUS_CANCELLED, "was stopped",
          kokoro_narrate(shared, voice, "tin cat a. cat a tin. tin cat a. cat a tin.", &options, wait, &times));
    CHECK(times == 1);
    return NULL;
}

int main(void)
{
    KokoroContext *context;
    KokoroModelOptions options = narrow();
    pthread_t threads[SPEAKERS];
    CHECK(kokoro_context_open(NULL, &context) == KOKORO_STATUS_OK);
    CHECK(kokoro_model_seeded(context, 0, &options, &model) == KOKORO_STATUS_OK);
    CHECK(kokoro_voice_seeded(0, kokoro_model_voice_width(model), &voice) == KOKORO_STATUS_OK);
    CHECK(kokoro_synthesizer_new(model, &shared) == KOKORO_STATUS_OK);
    KokoroSpeech *speech = speak(shared);
    expected = kokoro_speech_samples(speech, &expected_count);
    for (int at = 0; at < SPEAKERS; at++)
        CHECK(pthread_create(&threads[at], NULL, speaker, NULL) == 0);
    for (int at = 0; at < SPEAKERS; at++)
        CHECK(pthread_join(threads[at], NULL) == 0);
    kokoro_speech_free(speech);

    CHECK(kokoro_cancel_new(&cancel) == KOKORO_STATUS_OK);
    CHECK(pthread_barrier_init(&inside, NULL, 2) == 0 && pthread_barrier_init(&done, NULL, 2) == 0);
    CHECK(pthread_create(&threads[0], NULL, narrator, NULL) == 0);
    pthread_barrier_wait(&inside);
    FAILS(KOKORO_STATUS_BUSY, "in use", kokoro_synthesizer_warm_up(shared, 1));
    CHECK(kokoro_synthesizer_peak_bytes(shared) > 0); /* a fact that nobody has to wait for */
    kokoro_cancel_request(cancel, true);
    pthread_barrier_wait(&done);
    CHECK(pthread_join(threads[0], NULL) == 0);

    kokoro_cancel_free(cancel);
    kokoro_synthesizer_free(shared);
    kokoro_voice_free(voice);
    kokoro_model_free(model);
    kokoro_context_free(context);
    puts("two threads said the same, a third was refused, and the narration was stopped");
    return 0;
}

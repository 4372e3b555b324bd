/* Threads: two synthesize concurrently with one model, with the same result as one alone; a synthesizer in use refuses
 * a second call; one thread cancels another. Run by crates/capi/tests/run. */
#include <pthread.h>

#include "check.h"

enum { THREADS = 2, ROUNDS = 3 };

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

static KokoroSpeech *synthesize(KokoroSynthesizer *synthesizer)
{
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, "tin cat.", &options, &speech) == KOKORO_STATUS_OK);
    return speech;
}

static void *synthesize_repeatedly(void *unused)
{
    KokoroSynthesizer *own;
    KokoroVoice *none;
    (void)unused;
    CHECK(kokoro_synthesizer_new(model, &own) == KOKORO_STATUS_OK);
    for (int round = 0; round < ROUNDS; round++) {
        KokoroSpeech *speech = synthesize(own);
        size_t count;
        const float *samples = kokoro_speech_samples(speech, &count);
        CHECK(count == expected_count && memcmp(samples, expected, count * sizeof *samples) == 0);
        kokoro_speech_free(speech);
        /* Each thread has its own message. */
        FAILS(KOKORO_STATUS_ARGUMENT, "width: 5000", kokoro_voice_seeded(0, 5000, &none));
    }
    kokoro_synthesizer_free(own);
    return NULL;
}

/* The callback of the narrating thread has started; it may return. */
static pthread_barrier_t started, may_return;

static int wait_in_first_chunk(const KokoroSpeech *chunk, void *calls)
{
    CHECK(chunk != NULL);
    if ((*(int *)calls)++ == 0) {
        pthread_barrier_wait(&started);
        pthread_barrier_wait(&may_return);
    }
    return 0;
}

static void *narrate_until_cancelled(void *unused)
{
    KokoroSpeakOptions options = quick();
    int calls = 0;
    (void)unused;
    options.cancel = cancel;
    FAILS(KOKORO_STATUS_CANCELLED, "was stopped",
          kokoro_narrate(shared, voice, "tin cat a. cat a tin. tin cat a. cat a tin.", &options, wait_in_first_chunk,
                         &calls));
    CHECK(calls == 1);
    return NULL;
}

int main(void)
{
    KokoroContext *context;
    KokoroModelOptions options = narrow();
    pthread_t threads[THREADS];
    CHECK(kokoro_context_open(NULL, &context) == KOKORO_STATUS_OK);
    CHECK(kokoro_model_seeded(context, 0, &options, &model) == KOKORO_STATUS_OK);
    CHECK(kokoro_voice_seeded(0, kokoro_model_voice_width(model), &voice) == KOKORO_STATUS_OK);
    CHECK(kokoro_synthesizer_new(model, &shared) == KOKORO_STATUS_OK);
    KokoroSpeech *speech = synthesize(shared);
    expected = kokoro_speech_samples(speech, &expected_count);
    for (int at = 0; at < THREADS; at++)
        CHECK(pthread_create(&threads[at], NULL, synthesize_repeatedly, NULL) == 0);
    for (int at = 0; at < THREADS; at++)
        CHECK(pthread_join(threads[at], NULL) == 0);
    kokoro_speech_free(speech);

    CHECK(kokoro_cancel_new(&cancel) == KOKORO_STATUS_OK);
    CHECK(pthread_barrier_init(&started, NULL, 2) == 0 && pthread_barrier_init(&may_return, NULL, 2) == 0);
    CHECK(pthread_create(&threads[0], NULL, narrate_until_cancelled, NULL) == 0);
    pthread_barrier_wait(&started);
    FAILS(KOKORO_STATUS_BUSY, "in use", kokoro_synthesizer_warm_up(shared, 1));
    CHECK(kokoro_synthesizer_peak_bytes(shared) > 0); /* does not wait for the running call */
    kokoro_cancel_request(cancel, true);
    pthread_barrier_wait(&may_return);
    CHECK(pthread_join(threads[0], NULL) == 0);

    kokoro_cancel_free(cancel);
    kokoro_synthesizer_free(shared);
    kokoro_voice_free(voice);
    kokoro_model_free(model);
    kokoro_context_free(context);
    puts("threads: same samples on two threads, a busy synthesizer refused a call, a narration was cancelled");
    return 0;
}

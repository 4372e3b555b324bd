/* Jobs within a budget, memory limit and timeout of a context, and the self-check. Run by crates/capi/tests/run. */
#include <math.h>
#include <time.h>

#include "check.h"

static const char SHORT[] = "a tin cat.";
static const char LONG[] = "tin cat a. cat a tin. a cat, tin. tin a cat a tin. a tin cat.";
/* A little longer than the first chunk, which has at most 100 characters. */
static const char SENTENCES[] = "tin cat a. cat a tin. a cat, tin. tin a cat a tin. a tin cat. cat tin a. "
                                "tin tin cat a. cat a tin. a cat, tin a. ";
static const uint32_t IDS[] = {43, 62, 51, 56};

enum { MAX_JOBS = 8 };

/* Results of the jobs, indexed by job id. */
typedef struct {
    KokoroJobs *jobs;
    float *samples[MAX_JOBS];
    size_t counts[MAX_JOBS];
    int chunks[MAX_JOBS], rank[MAX_JOBS] /* order of completion, from 1 */, finished;
    KokoroStatus status[MAX_JOBS];
    bool starts_another;
    const KokoroVoice *voice;
} Results;

static KokoroModel *model;
static KokoroVoice *voice;
static KokoroSynthesizer *synthesizer;

static KokoroSpeakOptions quick(void)
{
    KokoroSpeakOptions options = {0};
    options.size = sizeof options;
    options.language = "phonemes";
    options.speed = 4;
    return options;
}

static void on_spoken(uint64_t id, KokoroStatus status, const char *message, const KokoroSpeech *speech, bool is_last,
                 void *user_data)
{
    Results *results = user_data;
    CHECK(0 < id && id < MAX_JOBS && results->rank[id] == 0);
    results->status[id] = status;
    if (status == KOKORO_STATUS_OK) {
        size_t count;
        const float *samples = kokoro_speech_samples(speech, &count);
        CHECK(message == NULL && count > 0 && kokoro_speech_start(speech) == results->counts[id]);
        results->samples[id] = realloc(results->samples[id], (results->counts[id] + count) * sizeof *samples);
        CHECK(results->samples[id] != NULL);
        memcpy(results->samples[id] + results->counts[id], samples, count * sizeof *samples);
        results->counts[id] += count;
        results->chunks[id]++;
    } else {
        CHECK(speech == NULL && strlen(message) > 0 && is_last);
    }
    if (is_last)
        results->rank[id] = ++results->finished;
    if (results->starts_another) { /* callbacks may start jobs */
        KokoroSpeakOptions options = quick();
        results->starts_another = false;
        CHECK(kokoro_jobs_start_phonemes(results->jobs, voice, SHORT, &options, NULL) == KOKORO_STATUS_OK);
    }
}

static void reset(Results *results, KokoroJobs *jobs)
{
    for (int id = 0; id < MAX_JOBS; id++)
        free(results->samples[id]);
    memset(results, 0, sizeof *results);
    results->jobs = jobs;
}

/* One frame of a program that renders. */
static void frame(Results *results, double budget)
{
    static const struct timespec rendering = {0, 500000};
    CHECK(kokoro_jobs_step(results->jobs, budget, on_spoken, results) == KOKORO_STATUS_OK);
    nanosleep(&rendering, NULL); /* time: leaves the CPU to a driver that computes on it */
}

/* Steps until all jobs are finished; checks the progress of job `id` on the way. */
static void run(Results *results, double budget, uint64_t id)
{
    double last = 0;
    while (kokoro_jobs_count(results->jobs) > 0) {
        frame(results, budget);
        double now = -1;
        if (kokoro_jobs_progress(results->jobs, id, &now) == KOKORO_STATUS_OK) {
            CHECK(last <= now && now <= 1);
            last = now;
        } else {
            CHECK(results->rank[id] > 0);
        }
    }
    CHECK(last > 0);
}

static void check_same(const Results *results, uint64_t id, KokoroSpeech *speech)
{
    size_t count;
    const float *samples = kokoro_speech_samples(speech, &count);
    CHECK(results->status[id] == KOKORO_STATUS_OK && results->counts[id] == count);
    CHECK(memcmp(results->samples[id], samples, count * sizeof *samples) == 0);
    kokoro_speech_free(speech);
}

static void budgets(void)
{
    KokoroJobs *jobs;
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    Results results = {0};
    uint64_t first, second, text, ids;
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK && kokoro_jobs_count(jobs) == 0);
    CHECK(kokoro_jobs_warm_up(jobs, 200, 2) == KOKORO_STATUS_OK);
    reset(&results, jobs);

    /* Two jobs share the budget. */
    options.seed = 7;
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LONG, &options, &first) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, SHORT, &options, &second) == KOKORO_STATUS_OK);
    CHECK(first == 1 && second == 2 && kokoro_jobs_count(jobs) == 2);
    run(&results, 0.001, first);
    CHECK(results.finished == 2);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, LONG, &options, &speech) == KOKORO_STATUS_OK);
    check_same(&results, first, speech);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, SHORT, &options, &speech) == KOKORO_STATUS_OK);
    check_same(&results, second, speech);

    /* Text is delivered in chunks; ids have no words. */
    CHECK(kokoro_jobs_start_text(jobs, voice, SENTENCES, &options, &text) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_ids(jobs, voice, IDS, 4, &options, &ids) == KOKORO_STATUS_OK);
    run(&results, 0.004, text);
    CHECK(results.chunks[text] >= 2 && results.chunks[ids] == 1);
    CHECK(kokoro_synthesize_text(synthesizer, voice, SENTENCES, &options, &speech) == KOKORO_STATUS_OK);
    check_same(&results, text, speech);
    CHECK(kokoro_synthesize_ids(synthesizer, voice, IDS, 4, &options, &speech) == KOKORO_STATUS_OK);
    check_same(&results, ids, speech);

    /* A job is cancelled after a part of it was submitted. The next job reuses its buffers, and starts another one from
     * the callback. */
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LONG, &options, &first) == KOKORO_STATUS_OK);
    for (double now = 0; now == 0;) {
        frame(&results, 0); /* submits the smallest possible part of a dispatch, once all earlier work is done */
        CHECK(kokoro_jobs_progress(jobs, first, &now) == KOKORO_STATUS_OK && now < 1);
    }
    CHECK(kokoro_jobs_cancel(jobs, first) == KOKORO_STATUS_OK && kokoro_jobs_count(jobs) == 0);
    FAILS(KOKORO_STATUS_ARGUMENT, "id: 5 is no unfinished job", kokoro_jobs_cancel(jobs, first));
    results.starts_another = true;
    options.seed = 0;
    CHECK(kokoro_jobs_start_ids(jobs, voice, IDS, 4, &options, &ids) == KOKORO_STATUS_OK);
    run(&results, 0.004, ids);
    CHECK(results.chunks[first] == 0 && results.chunks[ids] == 1 && results.finished == 6);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, SHORT, &options, &speech) == KOKORO_STATUS_OK);
    check_same(&results, ids + 1, speech);

    /* Freed with an unfinished job. */
    reset(&results, jobs);
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LONG, &options, NULL) == KOKORO_STATUS_OK);
    frame(&results, 0.001);
    kokoro_jobs_free(jobs);
    kokoro_jobs_free(NULL);
}

static void invalid_calls(void)
{
    KokoroJobs *jobs;
    KokoroCancel *cancel;
    KokoroSpeakOptions options = quick();
    Results results = {0};
    uint64_t id = 0;
    double progress;
    static const uint32_t unknown[] = {178};
    FAILS(KOKORO_STATUS_ARGUMENT, "model: is NULL", kokoro_jobs_new(NULL, &jobs));
    CHECK(jobs == NULL && kokoro_jobs_count(NULL) == 0);
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK);
    reset(&results, jobs);

    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_start_phonemes(NULL, voice, SHORT, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "voice: is NULL", kokoro_jobs_start_phonemes(jobs, NULL, SHORT, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "phonemes: is NULL", kokoro_jobs_start_phonemes(jobs, voice, NULL, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "ids: is NULL", kokoro_jobs_start_ids(jobs, voice, NULL, 1, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "text: is NULL", kokoro_jobs_start_text(jobs, voice, NULL, &options, &id));
    FAILS(KOKORO_STATUS_TEXT, "nothing to speak", kokoro_jobs_start_text(jobs, voice, " ", &options, &id));
    CHECK(kokoro_cancel_new(&cancel) == KOKORO_STATUS_OK);
    options.cancel = cancel;
    FAILS(KOKORO_STATUS_ARGUMENT, "cancel: must be NULL",
          kokoro_jobs_start_phonemes(jobs, voice, SHORT, &options, &id));
    kokoro_cancel_free(cancel);
    options.cancel = NULL;
    options.size = 1;
    FAILS(KOKORO_STATUS_ARGUMENT, "its size is 1", kokoro_jobs_start_phonemes(jobs, voice, SHORT, &options, &id));
    CHECK(id == 0 && kokoro_jobs_count(jobs) == 0);

    FAILS(KOKORO_STATUS_ARGUMENT, "budget: -1", kokoro_jobs_step(jobs, -1, on_spoken, &results));
    FAILS(KOKORO_STATUS_ARGUMENT, "budget: NaN", kokoro_jobs_step(jobs, NAN, on_spoken, &results));
    FAILS(KOKORO_STATUS_ARGUMENT, "budget: inf", kokoro_jobs_step(jobs, INFINITY, on_spoken, &results));
    FAILS(KOKORO_STATUS_ARGUMENT, "on_spoken: is NULL", kokoro_jobs_step(jobs, 1, NULL, NULL));
    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_step(NULL, 1, on_spoken, &results));
    FAILS(KOKORO_STATUS_ARGUMENT, "id: 1 is no unfinished job", kokoro_jobs_progress(jobs, 1, &progress));
    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_cancel(NULL, 1));
    FAILS(KOKORO_STATUS_TOO_LONG, "frames", kokoro_jobs_warm_up(jobs, UINT32_MAX, 1));
    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_warm_up(NULL, 1, 1));

    /* A job with invalid ids fails; the other one is not affected. */
    options = quick();
    CHECK(kokoro_jobs_start_ids(jobs, voice, unknown, 1, &options, &id) == KOKORO_STATUS_OK && id == 1);
    CHECK(kokoro_jobs_start_ids(jobs, voice, IDS, 4, &options, &id) == KOKORO_STATUS_OK && id == 2);
    run(&results, 0.1, 2);
    CHECK(results.status[1] == KOKORO_STATUS_ARGUMENT && results.chunks[1] == 0 && results.chunks[2] == 1);
    reset(&results, jobs);
    kokoro_jobs_free(jobs);
}

static void limits(KokoroContext *context)
{
    uint64_t before = 1, peak = 1, now;
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    KokoroJobs *jobs;
    Results results = {0};
    uint64_t id;
    kokoro_context_memory(context, &before, &peak);
    CHECK(before >= kokoro_model_resident_bytes(model) && peak >= before);
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_set_memory_limit(context, before) == KOKORO_STATUS_OK);
    KokoroSynthesizer *other;
    FAILS(KOKORO_STATUS_OUT_OF_MEMORY, "limit", kokoro_synthesizer_new(model, &other));
    FAILS(KOKORO_STATUS_OUT_OF_MEMORY, "limit", kokoro_jobs_start_phonemes(jobs, voice, SHORT, &options, &id));
    kokoro_context_memory(context, &now, NULL);
    CHECK(now == before);

    /* Enough memory for the text encoder but not for the decoder: the job fails once its text cannot be split
     * further. */
    CHECK(kokoro_context_set_memory_limit(context, UINT64_MAX) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_text(jobs, voice, SENTENCES, &options, &id) == KOKORO_STATUS_OK);
    kokoro_context_memory(context, &now, NULL);
    CHECK(now > before);
    CHECK(kokoro_context_set_memory_limit(context, now + 10000) == KOKORO_STATUS_OK);
    reset(&results, jobs);
    run(&results, 0.1, id);
    CHECK(results.status[id] == KOKORO_STATUS_OUT_OF_MEMORY && results.chunks[id] == 0);
    CHECK(kokoro_context_set_memory_limit(context, UINT64_MAX) == KOKORO_STATUS_OK);
    kokoro_jobs_free(jobs);
    kokoro_context_memory(context, &now, &peak);
    CHECK(now < peak);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, SHORT, &options, &speech) == KOKORO_STATUS_OK);
    kokoro_speech_free(speech);

    CHECK(kokoro_context_set_timeout(context, 60) == KOKORO_STATUS_OK);
    FAILS(KOKORO_STATUS_ARGUMENT, "seconds: 0", kokoro_context_set_timeout(context, 0));
    FAILS(KOKORO_STATUS_ARGUMENT, "seconds: -1", kokoro_context_set_timeout(context, -1));
    FAILS(KOKORO_STATUS_ARGUMENT, "seconds: NaN", kokoro_context_set_timeout(context, NAN));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_set_timeout(NULL, 1));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_set_memory_limit(NULL, 1));
    kokoro_context_memory(NULL, &before, NULL);
    CHECK(before == 0);
}

static void self_check(KokoroContext *context, const char *folder)
{
    CHECK(kokoro_context_self_check(context, folder) == KOKORO_STATUS_OK);
    /* The stored result is used: nothing runs, so a memory limit of 0 is enough. */
    KokoroContext *other;
    CHECK(kokoro_context_open(NULL, &other) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_set_memory_limit(other, 0) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_self_check(other, folder) == KOKORO_STATUS_OK);
    FAILS(KOKORO_STATUS_OUT_OF_MEMORY, "limit of 0", kokoro_context_self_check(other, NULL));
    kokoro_context_free(other);
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_self_check(NULL, NULL));
    FAILS(KOKORO_STATUS_ARGUMENT, "folder: is not UTF-8", kokoro_context_self_check(context, "\xff"));
}

int main(int count, char **arguments)
{
    KokoroContext *context;
    KokoroModelOptions options = narrow();
    CHECK(count == 2);
    CHECK(kokoro_context_open(NULL, &context) == KOKORO_STATUS_OK);
    self_check(context, arguments[1]);
    CHECK(kokoro_model_seeded(context, 0, &options, &model) == KOKORO_STATUS_OK);
    CHECK(kokoro_voice_seeded(0, kokoro_model_voice_width(model), &voice) == KOKORO_STATUS_OK);
    CHECK(kokoro_synthesizer_new(model, &synthesizer) == KOKORO_STATUS_OK);
    budgets();
    invalid_calls();
    limits(context);
    kokoro_synthesizer_free(synthesizer);
    kokoro_voice_free(voice);
    kokoro_model_free(model);
    kokoro_context_free(context);
    puts("jobs: same samples as blocking calls, limits and self-check work");
    return 0;
}

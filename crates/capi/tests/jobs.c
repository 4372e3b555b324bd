/* Jobs within a budget, what a context may take, and the self-check. Run by crates/capi/tests/run. */
#include <math.h>
#include <time.h>

#include "check.h"

static const char LINE[] = "a tin cat.";
static const char LONGER[] = "tin cat a. cat a tin. a cat, tin. tin a cat a tin. a tin cat.";
/* A little more than the first chunk takes, which is 100 characters. */
static const char SENTENCES[] = "tin cat a. cat a tin. a cat, tin. tin a cat a tin. a tin cat. cat tin a. "
                                "tin tin cat a. cat a tin. a cat, tin a. ";
static const uint32_t IDS[] = {43, 62, 51, 56};

enum { MOST_JOBS = 8 };

/* What steps told, by the job's number. */
typedef struct {
    KokoroJobs *jobs;
    float *samples[MOST_JOBS];
    size_t counts[MOST_JOBS];
    int chunks[MOST_JOBS], place[MOST_JOBS], over;
    KokoroStatus status[MOST_JOBS];
    bool starts_another;
    const KokoroVoice *voice;
} Heard;

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

static void hear(uint64_t id, KokoroStatus status, const char *message, const KokoroSpeech *speech, bool is_over,
                 void *user_data)
{
    Heard *heard = user_data;
    CHECK(0 < id && id < MOST_JOBS && heard->place[id] == 0);
    heard->status[id] = status;
    if (status == KOKORO_STATUS_OK) {
        size_t count;
        const float *samples = kokoro_speech_samples(speech, &count);
        CHECK(message == NULL && count > 0 && kokoro_speech_start(speech) == heard->counts[id]);
        heard->samples[id] = realloc(heard->samples[id], (heard->counts[id] + count) * sizeof *samples);
        CHECK(heard->samples[id] != NULL);
        memcpy(heard->samples[id] + heard->counts[id], samples, count * sizeof *samples);
        heard->counts[id] += count;
        heard->chunks[id]++;
    } else {
        CHECK(speech == NULL && strlen(message) > 0 && is_over);
    }
    if (is_over)
        heard->place[id] = ++heard->over;
    if (heard->starts_another) { /* a step's callback may */
        KokoroSpeakOptions options = quick();
        heard->starts_another = false;
        CHECK(kokoro_jobs_start_phonemes(heard->jobs, voice, LINE, &options, NULL) == KOKORO_STATUS_OK);
    }
}

static void forget(Heard *heard, KokoroJobs *jobs)
{
    for (int id = 0; id < MOST_JOBS; id++)
        free(heard->samples[id]);
    memset(heard, 0, sizeof *heard);
    heard->jobs = jobs;
}

/* One frame of a program that draws. */
static void frame(Heard *heard, double budget)
{
    static const struct timespec drawing = {0, 500000};
    CHECK(kokoro_jobs_step(heard->jobs, budget, hear, heard) == KOKORO_STATUS_OK);
    nanosleep(&drawing, NULL); /* time: leaves the CPU to a driver that computes there */
}

/* Steps until all is over, and looks at the progress of job `id` meanwhile. */
static void run(Heard *heard, double budget, uint64_t id)
{
    double last = 0;
    while (kokoro_jobs_count(heard->jobs) > 0) {
        frame(heard, budget);
        double now = -1;
        if (kokoro_jobs_progress(heard->jobs, id, &now) == KOKORO_STATUS_OK) {
            CHECK(last <= now && now <= 1);
            last = now;
        } else {
            CHECK(heard->place[id] > 0);
        }
    }
    CHECK(last > 0);
}

static void same(const Heard *heard, uint64_t id, KokoroSpeech *speech)
{
    size_t count;
    const float *samples = kokoro_speech_samples(speech, &count);
    CHECK(heard->status[id] == KOKORO_STATUS_OK && heard->counts[id] == count);
    CHECK(memcmp(heard->samples[id], samples, count * sizeof *samples) == 0);
    kokoro_speech_free(speech);
}

static void budgets(void)
{
    KokoroJobs *jobs;
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    Heard heard = {0};
    uint64_t background, warning, text, ids;
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK && kokoro_jobs_count(jobs) == 0);
    CHECK(kokoro_jobs_warm_up(jobs, 200, 2) == KOKORO_STATUS_OK);
    forget(&heard, jobs);

    /* Two share the budget. */
    options.seed = 7;
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LONGER, &options, &background) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LINE, &options, &warning) == KOKORO_STATUS_OK);
    CHECK(background == 1 && warning == 2 && kokoro_jobs_count(jobs) == 2);
    run(&heard, 0.001, background);
    CHECK(heard.over == 2);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, LONGER, &options, &speech) == KOKORO_STATUS_OK);
    same(&heard, background, speech);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, LINE, &options, &speech) == KOKORO_STATUS_OK);
    same(&heard, warning, speech);

    /* A text comes in its chunks, ids without words. */
    CHECK(kokoro_jobs_start_text(jobs, voice, SENTENCES, &options, &text) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_ids(jobs, voice, IDS, 4, &options, &ids) == KOKORO_STATUS_OK);
    run(&heard, 0.004, text);
    CHECK(heard.chunks[text] >= 2 && heard.chunks[ids] == 1);
    CHECK(kokoro_synthesize_text(synthesizer, voice, SENTENCES, &options, &speech) == KOKORO_STATUS_OK);
    same(&heard, text, speech);
    CHECK(kokoro_synthesize_ids(synthesizer, voice, IDS, 4, &options, &speech) == KOKORO_STATUS_OK);
    same(&heard, ids, speech);

    /* One is stopped when part of it was submitted, and its buffers serve the next, which a callback starts. */
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LONGER, &options, &background) == KOKORO_STATUS_OK);
    for (double now = 0; now == 0;) {
        frame(&heard, 0); /* the smallest part of a dispatch, once all before it is done */
        CHECK(kokoro_jobs_progress(jobs, background, &now) == KOKORO_STATUS_OK && now < 1);
    }
    CHECK(kokoro_jobs_cancel(jobs, background) == KOKORO_STATUS_OK && kokoro_jobs_count(jobs) == 0);
    FAILS(KOKORO_STATUS_ARGUMENT, "id: 5 is no job", kokoro_jobs_cancel(jobs, background));
    heard.starts_another = true;
    options.seed = 0;
    CHECK(kokoro_jobs_start_ids(jobs, voice, IDS, 4, &options, &ids) == KOKORO_STATUS_OK);
    run(&heard, 0.004, ids);
    CHECK(heard.chunks[background] == 0 && heard.chunks[ids] == 1 && heard.over == 6);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, LINE, &options, &speech) == KOKORO_STATUS_OK);
    same(&heard, ids + 1, speech);

    /* Freed in the middle of one. */
    forget(&heard, jobs);
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, LONGER, &options, NULL) == KOKORO_STATUS_OK);
    frame(&heard, 0.001);
    kokoro_jobs_free(jobs);
    kokoro_jobs_free(NULL);
}

static void refusals(void)
{
    KokoroJobs *jobs;
    KokoroCancel *cancel;
    KokoroSpeakOptions options = quick();
    Heard heard = {0};
    uint64_t id = 0;
    double progress;
    static const uint32_t unknown[] = {178};
    FAILS(KOKORO_STATUS_ARGUMENT, "model: is NULL", kokoro_jobs_new(NULL, &jobs));
    CHECK(jobs == NULL && kokoro_jobs_count(NULL) == 0);
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK);
    forget(&heard, jobs);

    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_start_phonemes(NULL, voice, LINE, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "voice: is NULL", kokoro_jobs_start_phonemes(jobs, NULL, LINE, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "phonemes: is NULL", kokoro_jobs_start_phonemes(jobs, voice, NULL, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "ids: is NULL", kokoro_jobs_start_ids(jobs, voice, NULL, 1, NULL, &id));
    FAILS(KOKORO_STATUS_ARGUMENT, "text: is NULL", kokoro_jobs_start_text(jobs, voice, NULL, &options, &id));
    FAILS(KOKORO_STATUS_TEXT, "nothing to speak", kokoro_jobs_start_text(jobs, voice, " ", &options, &id));
    CHECK(kokoro_cancel_new(&cancel) == KOKORO_STATUS_OK);
    options.cancel = cancel;
    FAILS(KOKORO_STATUS_ARGUMENT, "cancel: is not NULL",
          kokoro_jobs_start_phonemes(jobs, voice, LINE, &options, &id));
    kokoro_cancel_free(cancel);
    options.cancel = NULL;
    options.size = 1;
    FAILS(KOKORO_STATUS_ARGUMENT, "its size is 1", kokoro_jobs_start_phonemes(jobs, voice, LINE, &options, &id));
    CHECK(id == 0 && kokoro_jobs_count(jobs) == 0);

    FAILS(KOKORO_STATUS_ARGUMENT, "budget: -1", kokoro_jobs_step(jobs, -1, hear, &heard));
    FAILS(KOKORO_STATUS_ARGUMENT, "budget: NaN", kokoro_jobs_step(jobs, NAN, hear, &heard));
    FAILS(KOKORO_STATUS_ARGUMENT, "budget: inf", kokoro_jobs_step(jobs, INFINITY, hear, &heard));
    FAILS(KOKORO_STATUS_ARGUMENT, "on_spoken: is NULL", kokoro_jobs_step(jobs, 1, NULL, NULL));
    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_step(NULL, 1, hear, &heard));
    FAILS(KOKORO_STATUS_ARGUMENT, "id: 1 is no job", kokoro_jobs_progress(jobs, 1, &progress));
    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_cancel(NULL, 1));
    FAILS(KOKORO_STATUS_TOO_LONG, "frames", kokoro_jobs_warm_up(jobs, UINT32_MAX, 1));
    FAILS(KOKORO_STATUS_ARGUMENT, "jobs: is NULL", kokoro_jobs_warm_up(NULL, 1, 1));

    /* What is wrong with one is told of it, and does not disturb the other. */
    options = quick();
    CHECK(kokoro_jobs_start_ids(jobs, voice, unknown, 1, &options, &id) == KOKORO_STATUS_OK && id == 1);
    CHECK(kokoro_jobs_start_ids(jobs, voice, IDS, 4, &options, &id) == KOKORO_STATUS_OK && id == 2);
    run(&heard, 0.1, 2);
    CHECK(heard.status[1] == KOKORO_STATUS_ARGUMENT && heard.chunks[1] == 0 && heard.chunks[2] == 1);
    forget(&heard, jobs);
    kokoro_jobs_free(jobs);
}

static void limits(KokoroContext *context)
{
    uint64_t held = 1, most = 1, later;
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    KokoroJobs *jobs;
    Heard heard = {0};
    uint64_t id;
    kokoro_context_memory(context, &held, &most);
    CHECK(held >= kokoro_model_resident_bytes(model) && most >= held);
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_set_memory_limit(context, held) == KOKORO_STATUS_OK);
    KokoroSynthesizer *other;
    FAILS(KOKORO_STATUS_OUT_OF_MEMORY, "limit", kokoro_synthesizer_new(model, &other));
    FAILS(KOKORO_STATUS_OUT_OF_MEMORY, "limit", kokoro_jobs_start_phonemes(jobs, voice, LINE, &options, &id));
    kokoro_context_memory(context, &later, NULL);
    CHECK(later == held);

    /* Room for the text side only: the job fails when it gets there, the text in halves of halves. */
    CHECK(kokoro_context_set_memory_limit(context, UINT64_MAX) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_text(jobs, voice, SENTENCES, &options, &id) == KOKORO_STATUS_OK);
    kokoro_context_memory(context, &later, NULL);
    CHECK(later > held);
    CHECK(kokoro_context_set_memory_limit(context, later + 10000) == KOKORO_STATUS_OK);
    forget(&heard, jobs);
    run(&heard, 0.1, id);
    CHECK(heard.status[id] == KOKORO_STATUS_OUT_OF_MEMORY && heard.chunks[id] == 0);
    CHECK(kokoro_context_set_memory_limit(context, UINT64_MAX) == KOKORO_STATUS_OK);
    kokoro_jobs_free(jobs);
    kokoro_context_memory(context, &later, &most);
    CHECK(later < most);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, LINE, &options, &speech) == KOKORO_STATUS_OK);
    kokoro_speech_free(speech);

    CHECK(kokoro_context_set_timeout(context, 60) == KOKORO_STATUS_OK);
    FAILS(KOKORO_STATUS_ARGUMENT, "seconds: 0", kokoro_context_set_timeout(context, 0));
    FAILS(KOKORO_STATUS_ARGUMENT, "seconds: -1", kokoro_context_set_timeout(context, -1));
    FAILS(KOKORO_STATUS_ARGUMENT, "seconds: NaN", kokoro_context_set_timeout(context, NAN));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_set_timeout(NULL, 1));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_set_memory_limit(NULL, 1));
    kokoro_context_memory(NULL, &held, NULL);
    CHECK(held == 0);
}

static void self_check(KokoroContext *context, const char *folder)
{
    CHECK(kokoro_context_self_check(context, folder) == KOKORO_STATUS_OK);
    /* Remembered: it runs nothing, and so takes no memory of a context that may have none. */
    KokoroContext *other;
    CHECK(kokoro_context_open(NULL, &other) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_set_memory_limit(other, 0) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_self_check(other, folder) == KOKORO_STATUS_OK);
    FAILS(KOKORO_STATUS_OUT_OF_MEMORY, "limit of 0", kokoro_context_self_check(other, NULL));
    kokoro_context_free(other);
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_self_check(NULL, NULL));
    FAILS(KOKORO_STATUS_ARGUMENT, "folder: is no UTF-8", kokoro_context_self_check(context, "\xff"));
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
    refusals();
    limits(context);
    kokoro_synthesizer_free(synthesizer);
    kokoro_voice_free(voice);
    kokoro_model_free(model);
    kokoro_context_free(context);
    puts("jobs said what calls that wait say, and limits held");
    return 0;
}

/* Fork: in the child what needs the device fails at once and says why; the parent speaks on. Run by tests/capi/run. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static KokoroContext *context;
static KokoroModel *model;
static KokoroVoice *voice;
static KokoroSynthesizer *synthesizer;
static KokoroJobs *jobs;
static char *folder;

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
    KokoroStatus *ended = user_data;
    CHECK(id == 1 && is_over && (speech != NULL) == (status == KOKORO_STATUS_OK));
    CHECK(status == KOKORO_STATUS_OK || strstr(message, "forked") != NULL);
    *ended = status;
}

/* Ends with 0 if all is as it should be. What hangs is killed, and so told as well. */
static void child(void)
{
    KokoroSpeakOptions options = quick();
    KokoroModelOptions dimensions = narrow();
    KokoroModel *other;
    KokoroSynthesizer *another;
    KokoroSpeech *speech;
    KokoroStatus ended = KOKORO_STATUS_OK;
    alarm(20);
#define LOST(call) FAILS(KOKORO_STATUS_DEVICE_LOST, "forked", call)
    LOST(kokoro_synthesize_phonemes(synthesizer, voice, "cat.", &options, &speech));
    LOST(kokoro_synthesize_text(synthesizer, voice, "cat. tin.", &options, &speech));
    LOST(kokoro_synthesizer_warm_up(synthesizer, 4000)); /* longer than it is */
    LOST(kokoro_synthesizer_new(model, &another));
    LOST(kokoro_model_seeded(context, 1, &dimensions, &other));
    LOST(kokoro_context_self_check(context, NULL));
    LOST(kokoro_context_save_cache(context));
    LOST(kokoro_jobs_warm_up(jobs, 10, 1));
    /* The job that the parent had begun would never hear of the GPU. */
    CHECK(kokoro_jobs_count(jobs) == 1);
    CHECK(kokoro_jobs_step(jobs, 0.001, hear, &ended) == KOKORO_STATUS_OK);
    CHECK(ended == KOKORO_STATUS_DEVICE_LOST && kokoro_jobs_count(jobs) == 0);
#undef LOST
    /* What needs no device goes on. */
    CHECK(kokoro_model_voice_width(model) == 32);
}

/* Forks, and waits for a child that is done. */
static void fork_one(void)
{
    int status;
    fflush(stdout);
    pid_t process = fork();
    CHECK(process >= 0);
    if (process == 0) {
        child();
        _exit(0);
    }
    CHECK(waitpid(process, &status, 0) == process);
    if (WIFSIGNALED(status))
        fprintf(stderr, "the child ended by signal %d%s\n", WTERMSIG(status),
                WTERMSIG(status) == SIGALRM ? ": it hung" : "");
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* In the middle of a narration: its callback runs while the next chunk is on the GPU. */
static int fork_within(const KokoroSpeech *chunk, void *user_data)
{
    pid_t *forked = user_data;
    CHECK(chunk != NULL);
    if (*forked == -1) {
        fflush(stdout);
        *forked = fork();
        CHECK(*forked >= 0);
        if (*forked == 0)
            alarm(20);
    }
    return 0;
}

static void narrate(void)
{
    static const char text[] = "tin cat a. cat a tin. a cat, tin. tin a cat a tin. a tin cat. cat tin a. "
                               "tin tin cat a. cat a tin. a cat, tin a.";
    KokoroSpeakOptions options = quick();
    pid_t forked = -1;
    int status;
    KokoroStatus ended = kokoro_narrate(synthesizer, voice, text, &options, fork_within, &forked);
    if (forked == 0)
        _exit(ended == KOKORO_STATUS_DEVICE_LOST && strstr(kokoro_error_message(), "forked") != NULL ? 0 : 1);
    CHECK(ended == KOKORO_STATUS_OK);
    CHECK(waitpid(forked, &status, 0) == forked && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int count, char **arguments)
{
    KokoroModelOptions dimensions = narrow();
    KokoroSpeakOptions options = quick();
    KokoroSpeech *before, *after;
    KokoroStatus ended = KOKORO_STATUS_INTERNAL;
    size_t samples, others;
    CHECK(count == 2);
    folder = arguments[1];
    CHECK(kokoro_context_open(NULL, &context) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_load_cache(context, folder, NULL) == KOKORO_STATUS_OK);
    CHECK(kokoro_model_seeded(context, 0, &dimensions, &model) == KOKORO_STATUS_OK);
    CHECK(kokoro_voice_seeded(0, kokoro_model_voice_width(model), &voice) == KOKORO_STATUS_OK);
    CHECK(kokoro_synthesizer_new(model, &synthesizer) == KOKORO_STATUS_OK);
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, "tin cat.", &options, &before) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_new(model, &jobs) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_warm_up(jobs, 40, 1) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_start_phonemes(jobs, voice, "tin cat.", &options, 0, NULL) == KOKORO_STATUS_OK);
    CHECK(kokoro_jobs_step(jobs, 0.001, hear, &ended) == KOKORO_STATUS_OK); /* the GPU is at work */

    fork_one();
    while (kokoro_jobs_count(jobs) > 0)
        CHECK(kokoro_jobs_step(jobs, 0.01, hear, &ended) == KOKORO_STATUS_OK);
    CHECK(ended == KOKORO_STATUS_OK);
    narrate();
    CHECK(kokoro_synthesize_phonemes(synthesizer, voice, "tin cat.", &options, &after) == KOKORO_STATUS_OK);
    const float *said = kokoro_speech_samples(before, &samples);
    CHECK(memcmp(said, kokoro_speech_samples(after, &others), samples * sizeof *said) == 0 && samples == others);

    kokoro_speech_free(before);
    kokoro_speech_free(after);
    kokoro_jobs_free(jobs);
    kokoro_synthesizer_free(synthesizer);
    kokoro_voice_free(voice);
    kokoro_model_free(model);
    kokoro_context_free(context);
    puts("a child was told that it was forked, and the parent spoke on");
    return 0;
}

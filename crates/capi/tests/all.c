/* Every function of the C interface, except those in jobs.c, from C99: results, errors and ownership.
 * Run by crates/capi/tests/run. */
#include <math.h>
#include <stdint.h>

#include "check.h"

static const char PHONEMES[] = "\xc9\x90 t\xcb\x88\xc9\xaan k\xcb\x88\xc3\xa6t."; /* a tin cat */
/* A little longer than the first chunk, which has at most 100 characters. */
static const char SENTENCES[] = "tin cat a. cat a tin. a cat, tin. tin a cat a tin. a tin cat. cat tin a. "
                                "tin tin cat a. cat a tin. a cat, tin a.";

typedef struct {
    KokoroContext *context;
    KokoroModel *model;
    KokoroVoice *voice;
    KokoroSynthesizer *synthesizer;
} Stage;

static void versions(void)
{
    CHECK(kokoro_abi_version() == KOKORO_ABI_VERSION);
    CHECK(strchr(kokoro_version(), '.') != NULL);
    CHECK(strcmp(kokoro_error_message(), "") == 0);
    CHECK(strcmp(kokoro_status_name(KOKORO_STATUS_BAD_FILE), "bad file") == 0);
    for (int status = 0; status <= KOKORO_STATUS_WRONG_ADAPTER; status++)
        CHECK(strcmp(kokoro_status_name(status), "unknown") != 0);
    CHECK(strcmp(kokoro_status_name(KOKORO_STATUS_WRONG_ADAPTER + 1), "unknown") == 0);
    CHECK(strcmp(kokoro_status_name(-1), "unknown") == 0);
}

static void adapters(void)
{
    KokoroAdapters *list;
    CHECK(kokoro_adapters_list(&list) == KOKORO_STATUS_OK);
    size_t count = kokoro_adapters_count(list);
    CHECK(count > 0);
    for (size_t at = 0; at < count; at++) {
        CHECK(strlen(kokoro_adapters_name(list, at)) > 0 && strlen(kokoro_adapters_backend(list, at)) > 0);
        CHECK(strlen(kokoro_adapters_kind(list, at)) > 0 && kokoro_adapters_driver(list, at) != NULL);
    }
    CHECK(kokoro_adapters_name(list, count) == NULL && kokoro_adapters_backend(list, SIZE_MAX) == NULL);
    CHECK(kokoro_adapters_kind(list, count) == NULL && kokoro_adapters_driver(list, count) == NULL);
    kokoro_adapters_free(list);

    FAILS(KOKORO_STATUS_ARGUMENT, "out: is NULL", kokoro_adapters_list(NULL));
    CHECK(kokoro_adapters_count(NULL) == 0 && kokoro_adapters_name(NULL, 0) == NULL);
    kokoro_adapters_free(NULL);
}

static void contexts(Stage *stage, const char *folder)
{
    KokoroContext *other = (KokoroContext *)stage;
    FAILS(KOKORO_STATUS_NO_ADAPTER, "no such adapter", kokoro_context_open("no such adapter", &other));
    CHECK(other == NULL);
    FAILS(KOKORO_STATUS_NO_ADAPTER, "available: 0: ", kokoro_context_open("99", &other));
    FAILS(KOKORO_STATUS_ARGUMENT, "adapter: is not UTF-8", kokoro_context_open("\xff", &other));
    FAILS(KOKORO_STATUS_ARGUMENT, "out: is NULL", kokoro_context_open(NULL, NULL));

    CHECK(kokoro_context_open("0", &other) == KOKORO_STATUS_OK);
    CHECK(kokoro_context_open(kokoro_context_adapter(other), &stage->context) == KOKORO_STATUS_OK);
    CHECK(strcmp(kokoro_context_adapter(other), kokoro_context_adapter(stage->context)) == 0);
    kokoro_context_free(other);
    kokoro_context_free(NULL);
    CHECK(kokoro_context_adapter(NULL) == NULL);

    bool found = true;
    CHECK(kokoro_context_save_cache(stage->context) == KOKORO_STATUS_OK); /* without a folder: does nothing */
    CHECK(kokoro_context_load_cache(stage->context, folder, &found) == KOKORO_STATUS_OK);
    CHECK(!found);
    FAILS(KOKORO_STATUS_ARGUMENT, "folder: is NULL", kokoro_context_load_cache(stage->context, NULL, NULL));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_load_cache(NULL, folder, NULL));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_context_save_cache(NULL));
}

static void models(Stage *stage)
{
    KokoroModelOptions options = narrow();
    KokoroModel *model = NULL;
    FAILS(KOKORO_STATUS_IO, "cannot open absent.pth", kokoro_model_open(stage->context, "absent.pth", NULL, &model));
    FAILS(KOKORO_STATUS_ARGUMENT, "path: is NULL", kokoro_model_open(stage->context, NULL, NULL, &model));
    FAILS(KOKORO_STATUS_ARGUMENT, "path: is not UTF-8", kokoro_model_open(stage->context, "\xc3(", NULL, &model));
    FAILS(KOKORO_STATUS_ARGUMENT, "context: is NULL", kokoro_model_open(NULL, "absent.pth", NULL, &model));
    FAILS(KOKORO_STATUS_ARGUMENT, "out: is NULL", kokoro_model_seeded(stage->context, 0, &options, NULL));

    static const uint8_t page[] = "<!DOCTYPE html><title>Sign in</title>";
    FAILS(KOKORO_STATUS_BAD_FILE, "web page",
          kokoro_model_from_bytes(stage->context, page, sizeof page - 1, &options, &model));
    FAILS(KOKORO_STATUS_BAD_FILE, "", kokoro_model_from_bytes(stage->context, NULL, 0, &options, &model));
    FAILS(KOKORO_STATUS_ARGUMENT, "bytes: is NULL", kokoro_model_from_bytes(stage->context, NULL, 1, &options, &model));
    FAILS(KOKORO_STATUS_ARGUMENT, "do not fit into memory",
          kokoro_model_from_bytes(stage->context, page, SIZE_MAX, &options, &model));
    /* One tensor `t`, of one float. */
    static const uint8_t other[] = "\x38\0\0\0\0\0\0\0"
                                   "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}  "
                                   "\0\0\0";
    FAILS(KOKORO_STATUS_WRONG_MODEL, "is missing",
          kokoro_model_from_bytes(stage->context, other, sizeof other, &options, &model));

    options.precision = 2;
    FAILS(KOKORO_STATUS_ARGUMENT, "precision: 2", kokoro_model_seeded(stage->context, 0, &options, &model));
    options = narrow();
    options.reserved = 1;
    FAILS(KOKORO_STATUS_ARGUMENT, "reserved", kokoro_model_seeded(stage->context, 0, &options, &model));
    options = narrow();
    options.config_json = "{}";
    FAILS(KOKORO_STATUS_BAD_FILE, "config_json", kokoro_model_seeded(stage->context, 0, &options, &model));
    CHECK(model == NULL);

    options = narrow();
    options.precision = KOKORO_PRECISION_F16;
    CHECK(kokoro_model_seeded(stage->context, 1, &options, &model) == KOKORO_STATUS_OK);
    CHECK(strcmp(kokoro_model_origin(model), "seeded:1") == 0 && kokoro_model_is_seeded(model));
    uint64_t halves = kokoro_model_resident_bytes(model);
    kokoro_model_free(model);
    options.precision = KOKORO_PRECISION_F32;
    CHECK(kokoro_model_seeded(stage->context, 0, &options, &stage->model) == KOKORO_STATUS_OK);
    CHECK(kokoro_model_parameters(stage->model) > 100000);
    CHECK(halves > 0 && kokoro_model_resident_bytes(stage->model) >= halves);
    CHECK(kokoro_model_voice_width(stage->model) == 32);
    CHECK(kokoro_context_save_cache(stage->context) == KOKORO_STATUS_OK);

    kokoro_model_free(NULL);
    CHECK(kokoro_model_origin(NULL) == NULL && !kokoro_model_is_seeded(NULL) && kokoro_model_parameters(NULL) == 0);
    CHECK(kokoro_model_resident_bytes(NULL) == 0 && kokoro_model_voice_width(NULL) == 0);
}

/* Option structs of other sizes than this version's. */
static void sizes(Stage *stage)
{
    KokoroModel *model;
    struct {
        KokoroModelOptions known;
        uint64_t newer;
    } options;
    memset(&options, 0, sizeof options);
    options.known = narrow();
    options.known.size = sizeof options;
    CHECK(kokoro_model_seeded(stage->context, 0, &options.known, &model) == KOKORO_STATUS_OK);
    kokoro_model_free(model);
    options.newer = 1;
    FAILS(KOKORO_STATUS_ARGUMENT, "does not know", kokoro_model_seeded(stage->context, 0, &options.known, &model));
    options.known.size = 0;
    FAILS(KOKORO_STATUS_ARGUMENT, "its size is 0", kokoro_model_seeded(stage->context, 0, &options.known, &model));
    options.known.size = sizeof options.known - 1;
    FAILS(KOKORO_STATUS_ARGUMENT, "its size is", kokoro_model_seeded(stage->context, 0, &options.known, &model));
}

static void voices(Stage *stage)
{
    KokoroVoice *voice, *other, *mixed;
    size_t width = kokoro_model_voice_width(stage->model);
    CHECK(kokoro_voice_seeded(0, width, &stage->voice) == KOKORO_STATUS_OK);
    CHECK(strcmp(kokoro_voice_name(stage->voice), "seeded:0") == 0 && kokoro_voice_width(stage->voice) == width);
    CHECK(kokoro_voice_seeded(1, width, &voice) == KOKORO_STATUS_OK);
    CHECK(kokoro_voice_seeded(1, 0, &other) == KOKORO_STATUS_OK && kokoro_voice_width(other) == 256);
    FAILS(KOKORO_STATUS_ARGUMENT, "width: 4097", kokoro_voice_seeded(1, 4097, &mixed));

    const KokoroVoice *pair[] = {stage->voice, voice};
    float weights[] = {3, 1};
    CHECK(kokoro_voice_blend(pair, weights, 2, &mixed) == KOKORO_STATUS_OK);
    CHECK(strcmp(kokoro_voice_name(mixed), "seeded:0:0.750,seeded:1:0.250") == 0);
    kokoro_voice_free(mixed);
    FAILS(KOKORO_STATUS_ARGUMENT, "at least one", kokoro_voice_blend(NULL, NULL, 0, &mixed));
    FAILS(KOKORO_STATUS_ARGUMENT, "voices: is NULL", kokoro_voice_blend(NULL, weights, 2, &mixed));
    FAILS(KOKORO_STATUS_ARGUMENT, "weights: is NULL", kokoro_voice_blend(pair, NULL, 2, &mixed));
    weights[1] = -1;
    FAILS(KOKORO_STATUS_ARGUMENT, "-1", kokoro_voice_blend(pair, weights, 2, &mixed));
    weights[1] = 1;
    pair[1] = other;
    FAILS(KOKORO_STATUS_ARGUMENT, "wide", kokoro_voice_blend(pair, weights, 2, &mixed));
    pair[1] = NULL;
    FAILS(KOKORO_STATUS_ARGUMENT, "voices: is NULL", kokoro_voice_blend(pair, weights, 2, &mixed));
    kokoro_voice_free(voice);
    kokoro_voice_free(other);

    static const char rows[] = "[[0.5, -0.25]]";
    CHECK(kokoro_voice_from_bytes("bf_mine", (const uint8_t *)rows, sizeof rows - 1, &voice) == KOKORO_STATUS_OK);
    CHECK(strcmp(kokoro_voice_name(voice), "bf_mine") == 0 && kokoro_voice_width(voice) == 2);
    KokoroSpeech *speech;
    FAILS(KOKORO_STATUS_ARGUMENT, "style",
          kokoro_synthesize_phonemes(stage->synthesizer, voice, PHONEMES, NULL, &speech));
    kokoro_voice_free(voice);
    FAILS(KOKORO_STATUS_ARGUMENT, "name: is NULL", kokoro_voice_from_bytes(NULL, NULL, 0, &voice));
    FAILS(KOKORO_STATUS_BAD_FILE, "x: ", kokoro_voice_from_bytes("x", (const uint8_t *)rows, 3, &voice));
    FAILS(KOKORO_STATUS_IO, "cannot open absent.pt", kokoro_voice_open("absent.pt", NULL, &voice));
    FAILS(KOKORO_STATUS_BAD_FILE, "af_x", kokoro_voice_open(".", "af_x", &voice));
    FAILS(KOKORO_STATUS_ARGUMENT, "path: is NULL", kokoro_voice_open(NULL, NULL, &voice));
    kokoro_voice_free(NULL);
    CHECK(kokoro_voice_name(NULL) == NULL && kokoro_voice_width(NULL) == 0);
}

static void synthesizers(Stage *stage)
{
    KokoroSynthesizer *synthesizer;
    FAILS(KOKORO_STATUS_ARGUMENT, "model: is NULL", kokoro_synthesizer_new(NULL, &synthesizer));
    CHECK(synthesizer == NULL);
    CHECK(kokoro_synthesizer_new(stage->model, &stage->synthesizer) == KOKORO_STATUS_OK);
    uint32_t most = kokoro_synthesizer_max_frames(stage->synthesizer);
    CHECK(most > 1000);
    CHECK(kokoro_synthesizer_warm_up(stage->synthesizer, 40) == KOKORO_STATUS_OK);
    CHECK(kokoro_synthesizer_peak_bytes(stage->synthesizer) > 0);
    FAILS(KOKORO_STATUS_TOO_LONG, "frames", kokoro_synthesizer_warm_up(stage->synthesizer, most + 1));
    FAILS(KOKORO_STATUS_ARGUMENT, "frames", kokoro_synthesizer_warm_up(stage->synthesizer, 0));
    FAILS(KOKORO_STATUS_ARGUMENT, "synthesizer: is NULL", kokoro_synthesizer_warm_up(NULL, 40));
    CHECK(kokoro_synthesizer_max_frames(NULL) == 0 && kokoro_synthesizer_peak_bytes(NULL) == 0);
    kokoro_synthesizer_free(NULL);
}

static KokoroSpeakOptions quick(void)
{
    KokoroSpeakOptions options = {0};
    options.size = sizeof options;
    options.language = "phonemes";
    options.speed = 4;
    return options;
}

/* Invariants of speech: durations match the samples; words and symbols are in order and in range. */
static void check_speech(const KokoroSpeech *speech)
{
    size_t samples, tokens, words, symbols;
    const float *sample = kokoro_speech_samples(speech, &samples);
    const uint32_t *frames = kokoro_speech_durations(speech, &tokens);
    uint64_t start = kokoro_speech_start(speech), sum = 0, last = start;
    for (size_t at = 0; at < tokens; at++)
        sum += frames[at];
    CHECK(samples > 0 && samples == sum * KOKORO_FRAME_SAMPLES);
    for (size_t at = 0; at < samples; at++)
        CHECK(isfinite(sample[at]));
    const KokoroWord *word = kokoro_speech_words(speech, &words);
    for (size_t at = 0; at < words; at++) {
        CHECK(strlen(word[at].text) > 0 && strlen(word[at].phonemes) > 0);
        CHECK(last <= word[at].start && word[at].start <= word[at].end && word[at].end <= start + samples);
        last = word[at].end;
    }
    const KokoroSymbol *symbol = kokoro_speech_symbols(speech, &symbols);
    last = start;
    for (size_t at = 0; at < symbols; at++) {
        CHECK(symbol[at].code_point > 0 && symbol[at].reserved == 0);
        CHECK(last <= symbol[at].start && symbol[at].start <= symbol[at].end && symbol[at].end <= start + samples);
        last = symbol[at].end;
    }
}

static void phonemes(Stage *stage, const char *wav)
{
    KokoroSpeech *speech, *again;
    KokoroSpeakOptions options = quick();
    size_t count, other;
    CHECK(kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, PHONEMES, &options, &speech) == KOKORO_STATUS_OK);
    check_speech(speech);
    CHECK(strcmp(kokoro_speech_text(speech), PHONEMES) == 0 && strcmp(kokoro_speech_phonemes(speech), PHONEMES) == 0);
    const KokoroWord *words = kokoro_speech_words(speech, &count);
    CHECK(count == 3 && strcmp(words[1].phonemes, "t\xcb\x88\xc9\xaan") == 0);
    const KokoroSymbol *symbols = kokoro_speech_symbols(speech, &count);
    CHECK(count == 12 && symbols[0].code_point == 0x250 && symbols[11].code_point == '.');
    CHECK(kokoro_speech_durations(speech, NULL) != NULL); /* the count is optional */

    /* The same seed gives the same bits, another seed others. */
    CHECK(kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, PHONEMES, &options, &again) == KOKORO_STATUS_OK);
    const float *samples = kokoro_speech_samples(speech, &count);
    CHECK(memcmp(samples, kokoro_speech_samples(again, &other), count * sizeof *samples) == 0 && count == other);
    kokoro_speech_free(again);
    options.seed = 7;
    CHECK(kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, PHONEMES, &options, &again) == KOKORO_STATUS_OK);
    CHECK(memcmp(samples, kokoro_speech_samples(again, &other), count * sizeof *samples) != 0 && count == other);
    kokoro_speech_free(again);
    options.speed = 0.5f;
    CHECK(kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, PHONEMES, &options, &again) == KOKORO_STATUS_OK);
    kokoro_speech_samples(again, &other);
    CHECK(other > count);
    kokoro_speech_free(again);

    CHECK(kokoro_wav_write(wav, samples, count) == KOKORO_STATUS_OK);
    FILE *file = fopen(wav, "rb");
    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0 && (size_t)ftell(file) == 44 + 2 * count);
    fclose(file);
    FAILS(KOKORO_STATUS_IO, "absent/x.wav", kokoro_wav_write("absent/x.wav", samples, count));
    FAILS(KOKORO_STATUS_ARGUMENT, "path: is NULL", kokoro_wav_write(NULL, samples, count));
    FAILS(KOKORO_STATUS_ARGUMENT, "samples: is NULL", kokoro_wav_write(wav, NULL, 1));
    kokoro_speech_free(speech);
    kokoro_speech_free(NULL);
    CHECK(kokoro_speech_samples(NULL, &count) == NULL && count == 0 && kokoro_speech_durations(NULL, NULL) == NULL);
    CHECK(kokoro_speech_words(NULL, &count) == NULL && kokoro_speech_symbols(NULL, &count) == NULL);
    CHECK(kokoro_speech_text(NULL) == NULL && kokoro_speech_phonemes(NULL) == NULL && kokoro_speech_start(NULL) == 0);
}

static void ids(Stage *stage)
{
    uint32_t given[511] = {43, 62, 51};
    KokoroSpeech *speech = NULL;
    KokoroSpeakOptions options = quick();
    size_t count;
    CHECK(kokoro_synthesize_ids(stage->synthesizer, stage->voice, given, 3, &options, &speech) == KOKORO_STATUS_OK);
    check_speech(speech);
    kokoro_speech_durations(speech, &count);
    CHECK(count == 5); /* with both boundary tokens */
    CHECK(strcmp(kokoro_speech_text(speech), "") == 0);
    kokoro_speech_words(speech, &count);
    CHECK(count == 0);
    kokoro_speech_free(speech);

    FAILS(KOKORO_STATUS_TOO_LONG, "511",
          kokoro_synthesize_ids(stage->synthesizer, stage->voice, given, 511, &options, &speech));
    CHECK(speech == NULL);
    FAILS(KOKORO_STATUS_ARGUMENT, "", kokoro_synthesize_ids(stage->synthesizer, stage->voice, NULL, 3, NULL, &speech));
    FAILS(KOKORO_STATUS_ARGUMENT, "voice: is NULL",
          kokoro_synthesize_ids(stage->synthesizer, NULL, given, 3, NULL, &speech));
    FAILS(KOKORO_STATUS_ARGUMENT, "synthesizer: is NULL",
          kokoro_synthesize_ids(NULL, stage->voice, given, 3, NULL, &speech));
    given[1] = 178;
    FAILS(KOKORO_STATUS_ARGUMENT, "178",
          kokoro_synthesize_ids(stage->synthesizer, stage->voice, given, 3, &options, &speech));
}

static void invalid_calls(Stage *stage)
{
    KokoroSpeech *speech;
    KokoroSpeakOptions options = quick();
#define SPEAK kokoro_synthesize_text(stage->synthesizer, stage->voice, "cat", &options, &speech)
    options.speed = 5;
    FAILS(KOKORO_STATUS_ARGUMENT, "speed", SPEAK);
    options.speed = (float)NAN;
    FAILS(KOKORO_STATUS_ARGUMENT, "speed", SPEAK);
    options = quick();
    options.batch = 17;
    FAILS(KOKORO_STATUS_ARGUMENT, "batch: 17", SPEAK);
    options = quick();
    options.split = 2;
    FAILS(KOKORO_STATUS_ARGUMENT, "split: 2", SPEAK);
    options = quick();
    options.language = "xx";
    FAILS(KOKORO_STATUS_ARGUMENT, "language", SPEAK);
    options = quick();
    options.size = 1;
    FAILS(KOKORO_STATUS_ARGUMENT, "its size is 1", SPEAK);
#undef SPEAK
    options = quick();
    FAILS(KOKORO_STATUS_TEXT, "nothing to speak",
          kokoro_synthesize_text(stage->synthesizer, stage->voice, " ", &options, &speech));
    FAILS(KOKORO_STATUS_ARGUMENT, "text: is NULL",
          kokoro_synthesize_text(stage->synthesizer, stage->voice, NULL, &options, &speech));
    FAILS(KOKORO_STATUS_ARGUMENT, "text: is not UTF-8",
          kokoro_synthesize_text(stage->synthesizer, stage->voice, "\xf0\x9f", &options, &speech));
    FAILS(KOKORO_STATUS_ARGUMENT, "phonemes: is NULL",
          kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, NULL, &options, &speech));
    FAILS(KOKORO_STATUS_ARGUMENT, "on_chunk: is NULL",
          kokoro_narrate(stage->synthesizer, stage->voice, "cat", &options, NULL, NULL));
}

static void check_phonemes(Stage *stage, const char *text, const char *phonemes)
{
    KokoroSpeakOptions options = quick();
    KokoroSpeech *speech;
    options.language = "en-us";
    CHECK(kokoro_synthesize_text(stage->synthesizer, stage->voice, text, &options, &speech) == KOKORO_STATUS_OK);
    CHECK(strcmp(kokoro_speech_phonemes(speech), phonemes) == 0);
    kokoro_speech_free(speech);
}

static void lexicons(Stage *stage, const char *path)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("# names\ncat t\xc9\xaan\n", file) >= 0 && fclose(file) == 0);
    check_phonemes(stage, "cat", "k\xcb\x88\xc3\xa6t");
    CHECK(kokoro_model_set_lexicon(stage->model, path) == KOKORO_STATUS_OK);
    check_phonemes(stage, "cat", "t\xc9\xaan");
    file = fopen(path, "w");
    CHECK(file != NULL && fputs("\ncat\n", file) >= 0 && fclose(file) == 0);
    FAILS(KOKORO_STATUS_BAD_FILE, "line 2", kokoro_model_set_lexicon(stage->model, path));
    FAILS(KOKORO_STATUS_IO, "absent.txt", kokoro_model_set_lexicon(stage->model, "absent.txt"));
    FAILS(KOKORO_STATUS_ARGUMENT, "model: is NULL", kokoro_model_set_lexicon(NULL, path));
    check_phonemes(stage, "cat", "t\xc9\xaan"); /* as before the errors */
    CHECK(kokoro_model_set_lexicon(stage->model, NULL) == KOKORO_STATUS_OK);
    check_phonemes(stage, "cat", "k\xcb\x88\xc3\xa6t");
}

/* What the callback of kokoro_narrate() received, and when it stops or cancels. */
typedef struct {
    Stage *stage;
    KokoroCancel *cancel;
    int chunks, stop_after, cancel_after;
    uint64_t samples;
    char text[sizeof SENTENCES + 1];
} Narration;

static int on_chunk(const KokoroSpeech *chunk, void *user_data)
{
    Narration *narration = user_data;
    size_t count;
    KokoroSpeech *speech;
    check_speech(chunk);
    kokoro_speech_samples(chunk, &count);
    CHECK(kokoro_speech_start(chunk) == narration->samples);
    narration->samples += count;
    strcat(narration->text, kokoro_speech_text(chunk));
    /* The synthesizer is in use by the call that runs this callback. */
    FAILS(KOKORO_STATUS_BUSY, "in use",
          kokoro_synthesize_phonemes(narration->stage->synthesizer, narration->stage->voice, PHONEMES, NULL, &speech));
    narration->chunks++;
    if (narration->chunks == narration->cancel_after)
        kokoro_cancel_request(narration->cancel, true);
    return narration->chunks == narration->stop_after;
}

static void narrations(Stage *stage)
{
    KokoroSpeakOptions options = quick();
    Narration narration = {stage, NULL, 0, 0, 0, 0, ""};
#define NARRATE kokoro_narrate(stage->synthesizer, stage->voice, SENTENCES, &options, on_chunk, &narration)
    CHECK(NARRATE == KOKORO_STATUS_OK);
    CHECK(narration.chunks >= 2 && strcmp(narration.text, SENTENCES) == 0);
    int chunks = narration.chunks;
    uint64_t samples = narration.samples;

    /* The joined audio is the same. */
    KokoroSpeech *speech;
    size_t count;
    CHECK(kokoro_synthesize_text(stage->synthesizer, stage->voice, SENTENCES, &options, &speech) == KOKORO_STATUS_OK);
    check_speech(speech);
    kokoro_speech_samples(speech, &count);
    CHECK(count == samples && strcmp(kokoro_speech_text(speech), SENTENCES) == 0);
    kokoro_speech_free(speech);

    /* Chunks synthesized together are the same. */
    narration = (Narration){stage, NULL, 0, 0, 0, 0, ""};
    options.batch = 16;
    CHECK(NARRATE == KOKORO_STATUS_OK && narration.chunks == chunks && narration.samples == samples);
    options.batch = 0;
    narration = (Narration){stage, NULL, 0, 0, 0, 0, ""};
    options.split = KOKORO_SPLIT_PUBLISHED;
    CHECK(NARRATE == KOKORO_STATUS_OK && narration.chunks == 1);
    options.split = KOKORO_SPLIT_SENTENCES;

    narration = (Narration){stage, NULL, 0, 1, 0, 0, ""};
    FAILS(KOKORO_STATUS_CANCELLED, "was stopped", NARRATE);
    CHECK(narration.chunks == 1);
    KokoroCancel *cancel;
    CHECK(kokoro_cancel_new(&cancel) == KOKORO_STATUS_OK);
    options.cancel = cancel;
    narration = (Narration){stage, cancel, 0, 0, 1, 0, ""};
    FAILS(KOKORO_STATUS_CANCELLED, "was stopped", NARRATE);
    CHECK(narration.chunks == 1);
    FAILS(KOKORO_STATUS_CANCELLED, "was stopped", NARRATE); /* the flag is still set */
    FAILS(KOKORO_STATUS_CANCELLED, "was stopped",
          kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, PHONEMES, &options, &speech));
    kokoro_cancel_request(cancel, false);
    CHECK(kokoro_synthesize_phonemes(stage->synthesizer, stage->voice, "cat", &options, &speech) == KOKORO_STATUS_OK);
    kokoro_speech_free(speech);
    kokoro_cancel_free(cancel);
    kokoro_cancel_free(NULL);
    kokoro_cancel_request(NULL, true);
    FAILS(KOKORO_STATUS_ARGUMENT, "out: is NULL", kokoro_cancel_new(NULL));
#undef NARRATE
}

int main(int count, char **arguments)
{
    Stage stage = {NULL, NULL, NULL, NULL};
    CHECK(count == 2 && strlen(arguments[1]) < 200);
    char wav[256], words[256];
    snprintf(wav, sizeof wav, "%s/c.wav", arguments[1]);
    snprintf(words, sizeof words, "%s/words.txt", arguments[1]);
    versions();
    adapters();
    contexts(&stage, arguments[1]);
    models(&stage);
    sizes(&stage);
    synthesizers(&stage);
    voices(&stage);
    phonemes(&stage, wav);
    ids(&stage);
    invalid_calls(&stage);
    lexicons(&stage, words);
    narrations(&stage);
    /* Objects keep what they were created from alive. */
    kokoro_context_free(stage.context);
    kokoro_model_free(stage.model);
    ids(&stage);
    kokoro_synthesizer_free(stage.synthesizer);
    kokoro_voice_free(stage.voice);
    puts("all: every function did what its documentation says");
    return 0;
}

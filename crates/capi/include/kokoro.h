/*
 * The Kokoro-82M text-to-speech network on the GPU, for C and C++.
 *
 *     KokoroContext *context;
 *     KokoroModel *model;
 *     KokoroVoice *voice;
 *     KokoroSynthesizer *synthesizer;
 *     KokoroSpeech *speech;
 *     if (kokoro_context_open(NULL, &context)
 *         || kokoro_model_open(context, "kokoro-v1_0.pth", NULL, &model)
 *         || kokoro_voice_open("af_heart.pt", NULL, &voice)
 *         || kokoro_synthesizer_new(model, &synthesizer)
 *         || kokoro_synthesize_text(synthesizer, voice, "Hello there.", NULL, &speech)) {
 *         fprintf(stderr, "%s\n", kokoro_error_message());
 *     }
 *
 * Failures. What can fail returns a KokoroStatus, of which KOKORO_STATUS_OK is 0; kokoro_error_message() has the words
 * for it, on the same thread. No call prints, ends the process (but for want of host memory), or lets an exception out;
 * only KOKORO_STATUS_INTERNAL, a mistake in the library, comes with a line on standard error.
 *
 * Ownership. What a function makes is written to its last argument, `out`, is NULL after a failure, and is the caller's
 * to free by the function of its type, once; free functions take NULL. Objects keep what they were made of: free them
 * in any order, but not while a call has them. Strings and arrays that a function returns belong to the object that was
 * asked, and live as long as it does. What a call is given is only read while it runs, and stays the caller's. Facts
 * about NULL are NULL, 0 or false.
 *
 * Threads. All functions may be called on any thread, and with every object by several threads at once. Calls on one
 * synthesizer refuse each other with KOKORO_STATUS_BUSY instead of waiting: make one for each thread that speaks. Calls
 * block until they are done; a program that draws uses KokoroJobs, whose steps do not wait for the GPU. An object must
 * be freed by one thread, when no other has it.
 *
 * Text is UTF-8 that ends with a NUL, paths too, on every system. Structs that a caller fills begin with their `size`
 * and take zeros as defaults, so that later versions can append to them:
 *
 *     KokoroSpeakOptions options = {0};
 *     options.size = sizeof options;
 *     options.speed = 1.2f;
 *
 * A pointer that is neither NULL nor to a living object of its type is undefined behaviour, as ever in C.
 */

#ifndef KOKORO_H
#define KOKORO_H

/* Written by cbindgen from crates/capi/src: change those files, then run `make header`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The version of this interface: of its functions, types and numbers. It changes when a program that was compiled
// against an older header would no longer run; what is only added leaves it as it is. Compare it with
// kokoro_abi_version() before anything else.
#define KOKORO_ABI_VERSION 1

// Samples a second, always one channel.
#define KOKORO_SAMPLE_RATE 24000

// Samples a frame of 25 ms, the unit of durations.
#define KOKORO_FRAME_SAMPLES 600

// Short sentences merged, the first chunk soon: for listening while it is made. The default.
#define KOKORO_SPLIT_SENTENCES 0

// As the published Python pipeline: chunks of up to 510 phonemes.
#define KOKORO_SPLIT_PUBLISHED 1

// The decoder's weights as float32, as the network was trained. The default.
#define KOKORO_PRECISION_F32 0

// The decoder's weights as float16: less memory, durations unchanged, audio 2e-3 off.
#define KOKORO_PRECISION_F16 1

// How a call ended. The numbers stay what they are; new ones may come, so take any but KOKORO_STATUS_OK as a failure.
enum KokoroStatus
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Done.
    KOKORO_STATUS_OK = 0,
    // An argument is NULL where it may not be, no valid UTF-8, or outside its domain.
    KOKORO_STATUS_ARGUMENT = 1,
    // A file could not be read or written.
    KOKORO_STATUS_IO = 2,
    // A file is truncated, damaged, or of another format.
    KOKORO_STATUS_BAD_FILE = 3,
    // A model's tensors are not those of this network: missing, unknown, of another shape or type.
    KOKORO_STATUS_WRONG_MODEL = 4,
    // A weight, a voice or a result is NaN or infinite.
    KOKORO_STATUS_NON_FINITE = 5,
    // More phonemes, or more audio at once, than the network or the device takes: split the text.
    KOKORO_STATUS_TOO_LONG = 6,
    // No adapter matches, or there is none.
    KOKORO_STATUS_NO_ADAPTER = 7,
    // The device lacks a limit or a feature.
    KOKORO_STATUS_UNSUPPORTED = 8,
    // The GPU's driver refused an operation or a shader.
    KOKORO_STATUS_GPU = 9,
    // The device was lost. Free everything that was made on it, and begin with a new context.
    KOKORO_STATUS_DEVICE_LOST = 10,
    // The text cannot be read, or has nothing to speak.
    KOKORO_STATUS_TEXT = 11,
    // A program that reads the language, such as espeak-ng, is absent or failed.
    KOKORO_STATUS_PROGRAM = 12,
    // The callback or a KokoroCancel asked to stop. What was handed out before is valid.
    KOKORO_STATUS_CANCELLED = 13,
    // The synthesizer, or the jobs, are in use: by another thread, or by the call whose callback this is.
    KOKORO_STATUS_BUSY = 14,
    // A mistake in the library. Free the object it happened to, and please report it.
    KOKORO_STATUS_INTERNAL = 15,
    // The GPU's memory, or as much of it as is allowed, does not suffice.
    KOKORO_STATUS_OUT_OF_MEMORY = 16,
    // The adapter with its driver computes wrong, as a self-check found.
    KOKORO_STATUS_WRONG_ADAPTER = 17,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum KokoroStatus KokoroStatus;
#else
typedef int32_t KokoroStatus;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The adapters of this machine, in the order of their positions.
typedef struct KokoroAdapters KokoroAdapters;

// What tells a call that runs to stop. One may serve many calls, at once or one after the other.
typedef struct KokoroCancel KokoroCancel;

// A device of the library's own, with the kernels that were compiled on it. Any threads may use one at once.
typedef struct KokoroContext KokoroContext;

// Speech for a program that draws: jobs of one model that share what is left of every frame, one
// kokoro_jobs_step() a frame. They are served in the order in which they were started; what the first leaves of a
// step's budget is for those behind it. For speech that is more urgent, make another KokoroJobs and step it first. None
// of the calls waits for the GPU, but kokoro_jobs_warm_up(); two at once refuse each other with KOKORO_STATUS_BUSY.
typedef struct KokoroJobs KokoroJobs;

// The network's parameters on a device. Any threads may use one at once.
typedef struct KokoroModel KokoroModel;

// Audio with its timings, in the host's memory. Any threads may read one at once. It does not change, so that what
// its functions hand out lives as long as it does.
typedef struct KokoroSpeech KokoroSpeech;

// Speaks, one call at a time: a second call while one runs is refused with KOKORO_STATUS_BUSY. For speech on several
// threads make one each; those of a model share its parameters.
typedef struct KokoroSynthesizer KokoroSynthesizer;

// A voice, in the host's memory. Any threads may use one at once.
typedef struct KokoroVoice KokoroVoice;

// How to speak. Set `size` and leave the rest zero for the defaults.
typedef struct {
    // sizeof(KokoroSpeakOptions).
    size_t size;
    // Of the text: "en-us", "en-gb", "es", "fr-fr", "hi", "it", "pt-br", "zh", "ja" (kana only), or "phonemes". NULL for
    // that of the voice, by its name. Without the feature `text` there is only "phonemes".
    const char *language;
    // What may ask to stop, or NULL. It must outlive the call.
    const KokoroCancel *cancel;
    // 0.25 to 4: 2 is twice as fast. 0 is 1.
    float speed;
    // Of the noise: on one adapter the same seed gives the same samples.
    uint32_t seed;
    // Chunks spoken at once, up to 16: more audio a second where the GPU has room for it, but the first comes with the
    // last of them. 0 is 1. Only for text.
    uint32_t batch;
    // KOKORO_SPLIT_SENTENCES or KOKORO_SPLIT_PUBLISHED. Only for text.
    uint32_t split;
} KokoroSpeakOptions;

// Told by kokoro_jobs_step() what became of the job `id`. KOKORO_STATUS_OK comes with `speech`, which is lent until the
// function returns, and a NULL `message`; all else with the words for it, likewise lent, and without speech. `is_over`
// is true the last time that a job is told of: of ids and phonemes that is the first, of text it is the last chunk, or a
// failure. `user_data` is what the caller of the step gave. It runs on that thread, and must return: no exception, no
// longjmp. It may call whatever it likes, also start and cancel jobs, but not free what the call uses.
typedef void (*KokoroOnSpoken)(uint64_t id,
                               KokoroStatus status,
                               const char *message,
                               const KokoroSpeech *speech,
                               bool is_over,
                               void *user_data);

// How a model is loaded. Set `size` and leave the rest zero for the defaults.
typedef struct {
    // sizeof(KokoroModelOptions).
    size_t size;
    // What the model's config.json says; NULL for the one in the model's file, as newer ONNX models have it, else that of
    // the published Kokoro-82M v1.0. Others, such as v1.1-zh, need theirs.
    const char *config_json;
    // KOKORO_PRECISION_F32 or KOKORO_PRECISION_F16.
    uint32_t precision;
    // 0.
    uint32_t reserved;
} KokoroModelOptions;

// Given each chunk as soon as it is spoken; returns 0 for the next one, anything else to stop. `chunk` is lent until it
// returns, `user_data` is what the caller gave. It runs on the thread that called, and must return: no exception, no
// longjmp. It may call whatever it likes, but not free what the call uses.
typedef int (*KokoroOnChunk)(const KokoroSpeech *chunk, void *user_data);

// When a word is spoken, in samples of the joined audio.
typedef struct {
    // As written, with the marks that touch it.
    const char *text;
    // As spoken.
    const char *phonemes;
    // The first sample.
    uint64_t start;
    // The sample after the last.
    uint64_t end;
} KokoroWord;

// When a phoneme is spoken, in samples of the joined audio.
typedef struct {
    // The first sample.
    uint64_t start;
    // The sample after the last.
    uint64_t end;
    // In Unicode; marks and spaces are symbols too.
    uint32_t code_point;
    // 0.
    uint32_t reserved;
} KokoroSymbol;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// KOKORO_ABI_VERSION of the library that is loaded.
uint32_t kokoro_abi_version(void);

// The library's version, such as "0.1.0". It lives as long as the library.
const char *kokoro_version(void);

// Lists the adapters; there may be none. Free the list with kokoro_adapters_free().
KokoroStatus kokoro_adapters_list(KokoroAdapters **out);

// How many there are.
size_t kokoro_adapters_count(const KokoroAdapters *adapters);

// The adapter's name; NULL beyond the last. It lives as long as the list.
const char *kokoro_adapters_name(const KokoroAdapters *adapters, size_t position);

// "vulkan", "metal" or "dx12"; NULL beyond the last. It lives as long as the list.
const char *kokoro_adapters_backend(const KokoroAdapters *adapters, size_t position);

// "discrete GPU", "integrated GPU", "virtual GPU", "CPU" or "other"; NULL beyond the last. It lives as long as the
// list.
const char *kokoro_adapters_kind(const KokoroAdapters *adapters, size_t position);

// The driver and its version, as far as it tells; NULL beyond the last. It lives as long as the list.
const char *kokoro_adapters_driver(const KokoroAdapters *adapters, size_t position);

// Frees the list and its strings. NULL is nothing.
void kokoro_adapters_free(KokoroAdapters *adapters);

// Opens a device. `adapter` is NULL for the fastest, a position such as "1", or a part of a name in any case. What is
// made on the context keeps the device: the context may be freed before it.
//
// KOKORO_STATUS_NO_ADAPTER, KOKORO_STATUS_UNSUPPORTED, KOKORO_STATUS_GPU.
KokoroStatus kokoro_context_open(const char *adapter, KokoroContext **out);

// The name of the adapter that was opened. It lives as long as the context.
const char *kokoro_context_adapter(const KokoroContext *context);

// Looks in `folder` for kernels that were compiled before on this kind of adapter; `found` (or NULL) learns whether
// there were any. Call it before loading a model, and once. Others should not be able to write to the folder.
//
// KOKORO_STATUS_ARGUMENT if the context has a folder already, KOKORO_STATUS_GPU.
KokoroStatus kokoro_context_load_cache(const KokoroContext *context, const char *folder, bool *found);

// Writes what was compiled since, if anything, for the next process. Does nothing without kokoro_context_load_cache(),
// and where drivers keep a cache of their own (Metal, DX12).
//
// KOKORO_STATUS_IO.
KokoroStatus kokoro_context_save_cache(const KokoroContext *context);

// Frees the context. NULL is nothing.
void kokoro_context_free(KokoroContext *context);

// Makes a place for jobs. Each of those at once has buffers of its own, which later ones take over: see
// kokoro_jobs_warm_up().
KokoroStatus kokoro_jobs_new(const KokoroModel *model, KokoroJobs **out);

// Does what the first `count` jobs at once would wait for, or make a frame wait for: makes their buffers, for up to
// `frames` frames of 25 ms each, and runs every kernel once. Call it while the program loads; another thread may do so
// while jobs are stepped.
//
// KOKORO_STATUS_TOO_LONG, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU, KOKORO_STATUS_DEVICE_LOST. What was warm
// before a failure stays so.
KokoroStatus kokoro_jobs_warm_up(const KokoroJobs *jobs, uint32_t frames, uint32_t count);

// Starts to speak phoneme ids without the two boundary tokens, at most 510. `id` (or NULL) learns the
// job's number, which is never 0. What is wrong with the ids or with options->speed, kokoro_jobs_step() tells.
// options->cancel must be NULL, see kokoro_jobs_cancel(), and options->batch is not looked at.
//
// KOKORO_STATUS_ARGUMENT, KOKORO_STATUS_BUSY, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
// KOKORO_STATUS_DEVICE_LOST.
KokoroStatus kokoro_jobs_start_ids(const KokoroJobs *jobs,
                                   const KokoroVoice *voice,
                                   const uint32_t *ids,
                                   size_t count,
                                   const KokoroSpeakOptions *options,
                                   uint64_t *id);

// Starts to speak phonemes, at most 510 code points, with timings. What is not in the model's alphabet is left out.
//
// As kokoro_jobs_start_ids().
KokoroStatus kokoro_jobs_start_phonemes(const KokoroJobs *jobs,
                                        const KokoroVoice *voice,
                                        const char *phonemes,
                                        const KokoroSpeakOptions *options,
                                        uint64_t *id);

// Reads text of any length, and starts to speak it. Its chunks are handed out one by one, as by kokoro_narrate(). The
// text is made phonemes before this returns: of English a page takes a few milliseconds, but the language's first use
// loads it, 0.2 s.
//
// KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and that is
// not installed; else as kokoro_jobs_start_ids().
KokoroStatus kokoro_jobs_start_text(const KokoroJobs *jobs,
                                    const KokoroVoice *voice,
                                    const char *text,
                                    const KokoroSpeakOptions *options,
                                    uint64_t *id);

// Submits as much of the jobs' work as the GPU is expected to finish within `budget` seconds, and tells `on_spoken`
// what was spoken since the last step, and what failed. Call it once a frame, with what the frame has left for speech:
// 0.004, say. It does not wait for the GPU. How much work the device does a second is measured as it goes; the samples
// are those of kokoro_synthesize_ids() and its like, bit for bit.
//
// KOKORO_STATUS_ARGUMENT if the budget is negative or not finite, KOKORO_STATUS_BUSY. What fails of a job is not the
// step's failure.
KokoroStatus kokoro_jobs_step(const KokoroJobs *jobs, double budget, KokoroOnSpoken on_spoken, void *user_data);

// The part of a job's work that is submitted, 0 to 1. It never falls.
//
// KOKORO_STATUS_ARGUMENT if the job is over, or of others; KOKORO_STATUS_BUSY.
KokoroStatus kokoro_jobs_progress(const KokoroJobs *jobs, uint64_t id, double *progress);

// Stops a job. No callback tells of it any more, except from a step that is under way. What was submitted runs to its
// end.
//
// As kokoro_jobs_progress().
KokoroStatus kokoro_jobs_cancel(const KokoroJobs *jobs, uint64_t id);

// Jobs that are not over. Any thread may ask at any time.
size_t kokoro_jobs_count(const KokoroJobs *jobs);

// Stops all jobs and frees them. NULL is nothing.
void kokoro_jobs_free(KokoroJobs *jobs);

// Allows what is made on the context no more than `bytes` of GPU memory, parameters and all, from now on; UINT64_MAX
// lifts it. What would pass it ends with KOKORO_STATUS_OUT_OF_MEMORY; a text is then spoken in shorter chunks. What is
// there already stays.
KokoroStatus kokoro_context_set_memory_limit(const KokoroContext *context, uint64_t bytes);

// Bytes of GPU memory that buffers of the context take: `held` (or NULL) learns those now, `most` (or NULL) the most so
// far. What the driver takes beside them is its own.
void kokoro_context_memory(const KokoroContext *context, uint64_t *held, uint64_t *most);

// How long the driver may take for one submission, which on a slow adapter is a second's work: 120 seconds unless this
// is called. If it does not answer for longer, the device counts as lost. Time in which the machine sleeps does not
// count.
//
// KOKORO_STATUS_ARGUMENT for less than a millisecond, or what is no number.
KokoroStatus kokoro_context_set_timeout(const KokoroContext *context, double seconds);

// Checks what the adapter computes, since drivers have mistakes, and measures in which form the convolutions are the
// fastest there: in a second or two, or longer while the driver compiles for the first time. What computes wrong is left
// out from then on, if something else computes right, and the fastest is used: call it before loading a model. With a
// `folder` (or NULL) the result is kept in a file there, and while adapter, driver and version stay the same the next call
// takes it from there.
//
// KOKORO_STATUS_WRONG_ADAPTER if nothing computes right, and so no speech from it can be trusted; KOKORO_STATUS_GPU,
// KOKORO_STATUS_DEVICE_LOST. That the file cannot be written is no failure.
KokoroStatus kokoro_context_self_check(const KokoroContext *context,
                                       const char *folder);

// Loads a model from a file, .pth, .onnx or .safetensors. `options` may be NULL. Takes a second or so, in which a few threads
// compile the kernels. What is made of the model keeps it: it may be freed before that.
//
// KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE, KOKORO_STATUS_GPU.
KokoroStatus kokoro_model_open(const KokoroContext *context,
                               const char *path,
                               const KokoroModelOptions *options,
                               KokoroModel **out);

// Loads a model from such a file's contents, which are copied: free them when the call returns.
//
// As kokoro_model_open().
KokoroStatus kokoro_model_from_bytes(const KokoroContext *context,
                                     const uint8_t *bytes,
                                     size_t count,
                                     const KokoroModelOptions *options,
                                     KokoroModel **out);

// Makes a model of untrained weights from a seed: it makes noise, not speech, but needs no file.
//
// KOKORO_STATUS_GPU.
KokoroStatus kokoro_model_seeded(const KokoroContext *context,
                                 uint64_t seed,
                                 const KokoroModelOptions *options,
                                 KokoroModel **out);

// Where it came from: a path, or "seeded:" and a number. It lives as long as the model.
const char *kokoro_model_origin(const KokoroModel *model);

// Whether its weights are untrained.
bool kokoro_model_is_seeded(const KokoroModel *model);

// Parameters that were loaded: 81,810,022 of the published model.
uint64_t kokoro_model_parameters(const KokoroModel *model);

// Bytes of GPU memory that hold them.
uint64_t kokoro_model_resident_bytes(const KokoroModel *model);

// Values in a row of a voice for this model: 256 for the published one.
size_t kokoro_model_voice_width(const KokoroModel *model);

// Frees the model. NULL is nothing.
void kokoro_model_free(KokoroModel *model);

// Makes one that asks nothing yet.
KokoroStatus kokoro_cancel_new(KokoroCancel **out);

// From now on, or until `requested` is false again, calls with it stop before their next chunk and end with
// KOKORO_STATUS_CANCELLED. Any thread may ask, also a callback, and so may a signal handler.
void kokoro_cancel_request(const KokoroCancel *cancel, bool requested);

// Frees it, once no call has it. NULL is nothing.
void kokoro_cancel_free(KokoroCancel *cancel);

// Speaks phoneme ids without the two boundary tokens, at most 510.
//
// KOKORO_STATUS_ARGUMENT for an id or speed outside its domain, or a voice of another width; KOKORO_STATUS_TOO_LONG,
// KOKORO_STATUS_CANCELLED, KOKORO_STATUS_BUSY, KOKORO_STATUS_GPU, KOKORO_STATUS_DEVICE_LOST, KOKORO_STATUS_NON_FINITE.
KokoroStatus kokoro_synthesize_ids(const KokoroSynthesizer *synthesizer,
                                   const KokoroVoice *voice,
                                   const uint32_t *ids,
                                   size_t count,
                                   const KokoroSpeakOptions *options,
                                   KokoroSpeech **out);

// Speaks phonemes, at most 510 code points, with timings. What is not in the model's alphabet is left out, as the
// published code does.
//
// As kokoro_synthesize_ids().
KokoroStatus kokoro_synthesize_phonemes(const KokoroSynthesizer *synthesizer,
                                        const KokoroVoice *voice,
                                        const char *phonemes,
                                        const KokoroSpeakOptions *options,
                                        KokoroSpeech **out);

// Reads text of any length and speaks it, all of it in one: kokoro_narrate() joined, which is better for long ones.
//
// As kokoro_narrate().
KokoroStatus kokoro_synthesize_text(const KokoroSynthesizer *synthesizer,
                                    const KokoroVoice *voice,
                                    const char *text,
                                    const KokoroSpeakOptions *options,
                                    KokoroSpeech **out);

// Reads text of any length and hands each chunk to `on_chunk` as soon as it is spoken, while the next is on its way. Of
// English, "[word](/phonemes/)" says how to speak a word.
//
// KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_CANCELLED if the callback or options->cancel asked to
// stop, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and that is not installed; else as
// kokoro_synthesize_ids(). What was handed out before a failure is valid.
KokoroStatus kokoro_narrate(const KokoroSynthesizer *synthesizer,
                            const KokoroVoice *voice,
                            const char *text,
                            const KokoroSpeakOptions *options,
                            KokoroOnChunk on_chunk,
                            void *user_data);

// The samples, mostly within -1 to 1, neither clipped nor trimmed. `count` learns how many.
const float *kokoro_speech_samples(const KokoroSpeech *speech, size_t *count);

// Frames of every token: of each chunk the start boundary, each phoneme, the end boundary. KOKORO_FRAME_SAMPLES times
// their sum are the samples. `count` learns how many.
const uint32_t *kokoro_speech_durations(const KokoroSpeech *speech, size_t *count);

// The words in their order, none overlapping another; none where ids were spoken. `count` learns how many.
const KokoroWord *kokoro_speech_words(const KokoroSpeech *speech, size_t *count);

// The phonemes in their order; none where ids were spoken. Those of a chunk follow each other without a gap. `count`
// learns how many.
const KokoroSymbol *kokoro_speech_symbols(const KokoroSpeech *speech, size_t *count);

// The first sample's place in the joined audio: 0, but of the later chunks of a narration.
uint64_t kokoro_speech_start(const KokoroSpeech *speech);

// What was read, with the white space around it: the texts of a narration's chunks, joined, are its text, but for what
// has nothing to speak at its end. "" where ids were spoken.
const char *kokoro_speech_text(const KokoroSpeech *speech);

// What was spoken, as phonemes. "" where ids were spoken.
const char *kokoro_speech_phonemes(const KokoroSpeech *speech);

// Frees a speech that a function handed out, but not one that a callback was lent. NULL is nothing.
void kokoro_speech_free(KokoroSpeech *speech);

// Writes samples as a WAV file: 16 bits, one channel, KOKORO_SAMPLE_RATE; what lies beyond -1 to 1 is clipped. The file
// appears whole or not at all.
//
// KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE if `path` is no regular file, KOKORO_STATUS_ARGUMENT beyond 24 hours.
KokoroStatus kokoro_wav_write(const char *path, const float *samples, size_t count);

// What the last failure of a call on this thread was, in one line of UTF-8 that names the culprit; "" if there was
// none. It stays until the next failure on this thread: copy it to keep it.
const char *kokoro_error_message(void);

// A status in words, such as "bad file"; "unknown" for a number that this library does not have. It lives as long as
// the library.
const char *kokoro_status_name(int32_t status);

// Makes a synthesizer. Its buffers grow with what is spoken: see kokoro_synthesizer_warm_up().
//
// KOKORO_STATUS_GPU.
KokoroStatus kokoro_synthesizer_new(const KokoroModel *model, KokoroSynthesizer **out);

// Does what the first utterance would wait for: makes the buffers for utterances of up to `frames` frames of 25 ms, and
// runs every kernel once.
//
// KOKORO_STATUS_TOO_LONG beyond kokoro_synthesizer_max_frames(), KOKORO_STATUS_BUSY, KOKORO_STATUS_GPU.
KokoroStatus kokoro_synthesizer_warm_up(const KokoroSynthesizer *synthesizer, uint32_t frames);

// Frames of 25 ms of the longest utterance that the device speaks in one piece. Narrated text is divided by itself.
uint32_t kokoro_synthesizer_max_frames(const KokoroSynthesizer *synthesizer);

// The most bytes of GPU memory that its activations have taken so far, beside the model's parameters. Any thread may
// ask at any time.
uint64_t kokoro_synthesizer_peak_bytes(const KokoroSynthesizer *synthesizer);

// Frees the synthesizer. NULL is nothing.
void kokoro_synthesizer_free(KokoroSynthesizer *synthesizer);

// Reads a voice from a file: .pt, .bin, .npz, .npy, .safetensors or .json. Of a file or folder with several, `name`
// says which; else it is NULL. The voice's name is the file's without its ending, and says the language: "bf_emma"
// speaks British English.
//
// KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
KokoroStatus kokoro_voice_open(const char *path, const char *name, KokoroVoice **out);

// Reads a voice from such a file's contents, which are copied, and calls it `name`.
//
// KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
KokoroStatus kokoro_voice_from_bytes(const char *name, const uint8_t *bytes, size_t count, KokoroVoice **out);

// Makes a voice from a seed. `width` is kokoro_model_voice_width() of the model that will speak with it, at most
// 4096; 0 is that of the published model.
KokoroStatus kokoro_voice_seeded(uint64_t seed, size_t width, KokoroVoice **out);

// Mixes `count` voices by `weights` of at least 0, which need not sum to 1. The voices stay the caller's, and may be
// freed.
//
// KOKORO_STATUS_ARGUMENT if there are none, if they do not fit each other, or for their weights.
KokoroStatus kokoro_voice_blend(const KokoroVoice *const *voices,
                                const float *weights,
                                size_t count,
                                KokoroVoice **out);

// The voice's name. It lives as long as the voice.
const char *kokoro_voice_name(const KokoroVoice *voice);

// Values in a row, which must be kokoro_model_voice_width() of the model that speaks.
size_t kokoro_voice_width(const KokoroVoice *voice);

// Frees the voice. NULL is nothing.
void kokoro_voice_free(KokoroVoice *voice);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KOKORO_H */

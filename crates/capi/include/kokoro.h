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
 * Errors. Functions that can fail return a KokoroStatus: KOKORO_STATUS_OK, which is 0, or an error, described by
 * kokoro_error_message() on the same thread. Each function lists its specific errors; besides those,
 * KOKORO_STATUS_ARGUMENT is returned for invalid arguments. The library never prints, exits or throws, with two
 * exceptions: the process aborts when host memory runs out, and KOKORO_STATUS_INTERNAL, a bug in the library, also
 * prints to standard error.
 *
 * Ownership. Functions that create an object write it to their last argument, `out`, or NULL on failure. The caller
 * owns it and frees it once with the kokoro_..._free() function of its type, which accepts NULL. Objects keep alive
 * what they were created from, so they may be freed in any order, but not while a call uses them. Strings and arrays
 * returned by a function belong to the object passed to it and are valid until that is freed. Arguments are only
 * read during the call and remain the caller's. Functions that read a property return NULL, 0 or false if the object
 * is NULL.
 *
 * Threads. Every function may be called on any thread, and objects may be shared by threads. Concurrent calls with
 * the same synthesizer do not wait but fail with KOKORO_STATUS_BUSY: create one synthesizer per thread. Calls block
 * until they are done. Programs that render frames use KokoroJobs, whose steps do not wait for the GPU. Free an
 * object only when no other thread uses it.
 *
 * Strings, paths too, are NUL-terminated UTF-8 on every system. Option structs begin with their `size`, and zeros mean
 * defaults, so that later versions can append fields:
 *
 *     KokoroSpeakOptions options = {0};
 *     options.size = sizeof options;
 *     options.speed = 1.2f;
 *
 * Passing a pointer that is neither NULL nor a valid object of its type is undefined behaviour.
 */

#ifndef KOKORO_H
#define KOKORO_H

/* Written by cbindgen from crates/capi/src: change those files, then run `make header`. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Version of this interface: of its functions, types and constants. It changes when programs compiled against an older
// header would no longer work; additions do not change it. Compare it with kokoro_abi_version() before any other call.
#define KOKORO_ABI_VERSION 1

// Sample rate in Hz. All audio is mono.
#define KOKORO_SAMPLE_RATE 24000

// Samples in a frame of 25 ms, the unit of durations.
#define KOKORO_FRAME_SAMPLES 600

// Weights as float32, as trained. The default.
#define KOKORO_PRECISION_F32 0

// Weights as float16: half the memory. With trained weights, durations are off by 4e-5 of themselves before
// they are rounded, and the audio by 1e-3.
#define KOKORO_PRECISION_F16 1

// Split text into sentences; short ones are merged, and the first chunk is kept short. For playback while the rest is
// synthesized. The default.
#define KOKORO_SPLIT_SENTENCES 0

// Split text like the published Python pipeline: chunks of up to 510 phonemes.
#define KOKORO_SPLIT_PUBLISHED 1

// Result of a call. The numbers never change, but later versions may add some: treat every value except
// KOKORO_STATUS_OK as an error.
enum KokoroStatus
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // Success.
    KOKORO_STATUS_OK = 0,
    // An argument is invalid: NULL where that is not allowed, not UTF-8, or out of range.
    KOKORO_STATUS_ARGUMENT = 1,
    // A file could not be read or written.
    KOKORO_STATUS_IO = 2,
    // A file is truncated, damaged, or in an unsupported format.
    KOKORO_STATUS_BAD_FILE = 3,
    // A tensor of the model is missing, unknown, or of the wrong shape or type.
    KOKORO_STATUS_WRONG_MODEL = 4,
    // A weight, a voice or a result is NaN or infinite.
    KOKORO_STATUS_NON_FINITE = 5,
    // More phonemes, or more audio at once, than the network or the device supports. Split the text.
    KOKORO_STATUS_TOO_LONG = 6,
    // There is no GPU adapter, or none that matches the request.
    KOKORO_STATUS_NO_ADAPTER = 7,
    // The device lacks a required limit or feature.
    KOKORO_STATUS_UNSUPPORTED = 8,
    // The GPU driver rejected an operation or a shader.
    KOKORO_STATUS_GPU = 9,
    // The GPU device was lost. Free everything created on it, then start with a new context.
    KOKORO_STATUS_DEVICE_LOST = 10,
    // The text cannot be converted to phonemes, or has nothing to speak.
    KOKORO_STATUS_TEXT = 11,
    // An external program for the language, such as espeak-ng, is missing or failed.
    KOKORO_STATUS_PROGRAM = 12,
    // The callback or a KokoroCancel stopped the call. Chunks delivered before are valid.
    KOKORO_STATUS_CANCELLED = 13,
    // The synthesizer or the jobs are in use, by another thread or by the call that runs this callback.
    KOKORO_STATUS_BUSY = 14,
    // A bug in the library. Free the object concerned, and please report it.
    KOKORO_STATUS_INTERNAL = 15,
    // The GPU is out of memory, or the limit set by kokoro_context_set_memory_limit() is reached.
    KOKORO_STATUS_OUT_OF_MEMORY = 16,
    // The self-check found that the adapter and its driver compute wrong results.
    KOKORO_STATUS_WRONG_ADAPTER = 17,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum KokoroStatus KokoroStatus;
#else
typedef int32_t KokoroStatus;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// The list of GPU adapters of this machine.
typedef struct KokoroAdapters KokoroAdapters;

// A flag that stops running calls. One flag may serve many calls, at the same time or one after the other.
typedef struct KokoroCancel KokoroCancel;

// A GPU device opened by the library, with its compiled kernels. Threads may share it.
typedef struct KokoroContext KokoroContext;

// Synthesis for programs that render frames, such as games. Jobs of one model share the time that each frame leaves,
// in one kokoro_jobs_step() per frame. Jobs started earlier go first; later ones get the rest of the step's budget.
// For more urgent speech, create another KokoroJobs and step it first. No function waits for the GPU except
// kokoro_jobs_warm_up(). Concurrent calls fail with KOKORO_STATUS_BUSY, unless documented otherwise.
typedef struct KokoroJobs KokoroJobs;

// The network with its parameters on the GPU. Threads may share it.
typedef struct KokoroModel KokoroModel;

// Synthesized audio with its timings, in host memory. It never changes; threads may share it.
typedef struct KokoroSpeech KokoroSpeech;

// Synthesizes speech, one call at a time: a second call while one runs fails with KOKORO_STATUS_BUSY. To synthesize on
// several threads, create one for each; they share the model's parameters.
typedef struct KokoroSynthesizer KokoroSynthesizer;

// A voice (style vectors), in host memory. Threads may share it.
typedef struct KokoroVoice KokoroVoice;

// Options of a synthesis. Set `size`; zeros in all other fields mean defaults.
typedef struct {
    // sizeof(KokoroSpeakOptions).
    size_t size;
    // Language of the text: "en-us", "en-gb", "es", "fr-fr", "hi", "it", "pt-br", "zh", "ja" or "phonemes".
    // NULL: the language in the voice's name. "ja" is read in kana only, unless the library was built with the feature
    // `japanese` and $KOKORO_JAPANESE_DICTIONARY names a folder with naist-jdic (`kokoro fetch japanese` prints one). A
    // library built without the feature `text` supports only "phonemes".
    const char *language;
    // A flag that can stop the call, or NULL. It must stay valid during the call.
    const KokoroCancel *cancel;
    // Speaking rate, 0.25 to 4; 2 is twice as fast. 0 means 1.
    float speed;
    // Seed of the noise. On one adapter the same seed gives the same samples.
    uint32_t seed;
    // Chunks synthesized together, at most 16. More chunks give more audio per second if the GPU has capacity left,
    // but the first one is delivered only with the last. 0 means 1. Only for text.
    uint32_t batch;
    // KOKORO_SPLIT_SENTENCES or KOKORO_SPLIT_PUBLISHED. Only for text.
    uint32_t split;
} KokoroSpeakOptions;

// Callback of kokoro_jobs_step() with a result of job `id`. On success, `status` is KOKORO_STATUS_OK, `speech` is the
// audio and `message` is NULL. On failure, `speech` is NULL and `message` describes the error. Both are valid until
// the callback returns. `is_last` is true in the last call for a job: a job of ids or phonemes has one call, a job of
// text one per chunk; a failure is always the last. `user_data` is the caller's pointer. The callback runs on the
// thread that called kokoro_jobs_step(). It may call all functions of this interface, also to start and cancel jobs,
// but must not free objects that the step uses, throw an exception, or longjmp.
typedef void (*KokoroOnSpoken)(uint64_t id,
                               KokoroStatus status,
                               const char *message,
                               const KokoroSpeech *speech,
                               bool is_last,
                               void *user_data);

// Options for loading a model. Set `size`; zeros in all other fields mean defaults.
typedef struct {
    // sizeof(KokoroModelOptions).
    size_t size;
    // Contents of the model's config.json. NULL: the one inside the model file, as in newer ONNX models, or else that
    // of the published Kokoro-82M v1.0. Other models, such as v1.1-zh, need their own.
    const char *config_json;
    // KOKORO_PRECISION_F32 or KOKORO_PRECISION_F16.
    uint32_t precision;
    // Must be 0.
    uint32_t reserved;
} KokoroModelOptions;

// Callback that receives each chunk of a text once it is synthesized. Return 0 to continue, any other value to stop.
// `chunk` is valid until the callback returns; `user_data` is the caller's pointer. It runs on the calling thread. It
// may call all functions of this interface, but must not free objects that the call uses, throw an exception, or
// longjmp.
typedef int (*KokoroOnChunk)(const KokoroSpeech *chunk, void *user_data);

// The timing of a word, in samples from the start of the text.
typedef struct {
    // The word as written, with adjacent punctuation.
    const char *text;
    // The word as phonemes.
    const char *phonemes;
    // First sample.
    uint64_t start;
    // One past the last sample.
    uint64_t end;
} KokoroWord;

// The timing of a phoneme, in samples from the start of the text.
typedef struct {
    // First sample.
    uint64_t start;
    // One past the last sample.
    uint64_t end;
    // The phoneme as a Unicode code point. Punctuation and spaces are included.
    uint32_t code_point;
    // Always 0.
    uint32_t reserved;
} KokoroSymbol;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Returns the KOKORO_ABI_VERSION of the loaded library.
uint32_t kokoro_abi_version(void);

// Returns the version of the loaded library, such as "0.1.0". The string is static.
const char *kokoro_version(void);

// Creates a flag that is not set. Free it with kokoro_cancel_free().
KokoroStatus kokoro_cancel_new(KokoroCancel **out);

// Sets the flag, or clears it if `requested` is false. While it is set, calls with this flag stop before their next
// chunk and fail with KOKORO_STATUS_CANCELLED. May be called from any thread, from callbacks and from signal handlers.
void kokoro_cancel_request(const KokoroCancel *cancel, bool requested);

// Frees the flag. No running call may use it. NULL is allowed.
void kokoro_cancel_free(KokoroCancel *cancel);

// Lists the adapters. The list may be empty. Free it with kokoro_adapters_free().
KokoroStatus kokoro_adapters_list(KokoroAdapters **out);

// Returns the number of adapters; 0 for NULL.
size_t kokoro_adapters_count(const KokoroAdapters *adapters);

// Returns the name of the adapter at `position`, or NULL if there is none. The string belongs to the list.
const char *kokoro_adapters_name(const KokoroAdapters *adapters, size_t position);

// Returns the graphics API of the adapter: "vulkan", "metal" or "dx12"; NULL if there is none at `position`. The
// string belongs to the list.
const char *kokoro_adapters_backend(const KokoroAdapters *adapters, size_t position);

// Returns the kind of the adapter: "discrete GPU", "integrated GPU", "virtual GPU", "CPU" or "other"; NULL if there is
// none at `position`. The string belongs to the list.
const char *kokoro_adapters_kind(const KokoroAdapters *adapters, size_t position);

// Returns the name and version of the adapter's driver, as far as known; NULL if there is no adapter at `position`.
// The string belongs to the list.
const char *kokoro_adapters_driver(const KokoroAdapters *adapters, size_t position);

// Frees the list and its strings. NULL is allowed.
void kokoro_adapters_free(KokoroAdapters *adapters);

// Opens a GPU device. `adapter` is a position in kokoro_adapters_list() such as "1", a part of an adapter's name in
// any case, or NULL for the fastest adapter. Free the context with kokoro_context_free(); objects created on it keep
// the device open.
//
// Errors: KOKORO_STATUS_NO_ADAPTER, KOKORO_STATUS_UNSUPPORTED, KOKORO_STATUS_GPU.
KokoroStatus kokoro_context_open(const char *adapter, KokoroContext **out);

// Returns the name of the opened adapter. The string belongs to the context.
const char *kokoro_context_adapter(const KokoroContext *context);

// Loads kernels that an earlier process compiled for this kind of adapter from `folder`, so that they need not be
// compiled again. Writes to `found` whether there were any; it may be NULL. Call it at most once for a context, before
// loading a model. Other users must not be able to write to the folder.
//
// Errors: KOKORO_STATUS_ARGUMENT if a folder was set before, KOKORO_STATUS_GPU.
KokoroStatus kokoro_context_load_cache(const KokoroContext *context, const char *folder, bool *found);

// Writes kernels compiled since kokoro_context_load_cache() to its folder. Does nothing if there are none, if no
// folder was set, or if the driver has its own cache (Metal, DX12).
//
// Errors: KOKORO_STATUS_IO.
KokoroStatus kokoro_context_save_cache(const KokoroContext *context);

// Frees the context. Objects created on it stay valid. NULL is allowed.
void kokoro_context_free(KokoroContext *context);

// Creates an empty queue of jobs. Each job that runs at the same time needs its own buffers, which later jobs reuse:
// see kokoro_jobs_warm_up(). Free it with kokoro_jobs_free().
KokoroStatus kokoro_jobs_new(const KokoroModel *model, KokoroJobs **out);

// Allocates the buffers of `count` simultaneous jobs, each of up to `frames` times 25 ms of speech, and runs every
// kernel once, so that later calls of kokoro_jobs_step() are not delayed. It waits for the GPU: call it while the
// program loads. Other threads may step the jobs meanwhile.
//
// Errors: KOKORO_STATUS_ARGUMENT for 0 frames, KOKORO_STATUS_TOO_LONG, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
// KOKORO_STATUS_DEVICE_LOST. Buffers allocated before an error are kept.
KokoroStatus kokoro_jobs_warm_up(const KokoroJobs *jobs, uint32_t frames, uint32_t count);

// Starts a job that synthesizes token ids (phonemes), at most 510, without the two boundary tokens. Writes the job's
// id, which is never 0, to `id`, which may be NULL. `options` may be NULL; options->cancel must be NULL, because
// kokoro_jobs_cancel() stops a job, and options->batch is ignored. Invalid or too many ids, or an invalid speed, are
// reported by kokoro_jobs_step().
//
// Errors: KOKORO_STATUS_ARGUMENT, KOKORO_STATUS_BUSY, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
// KOKORO_STATUS_DEVICE_LOST.
KokoroStatus kokoro_jobs_start_ids(const KokoroJobs *jobs,
                                   const KokoroVoice *voice,
                                   const uint32_t *ids,
                                   size_t count,
                                   const KokoroSpeakOptions *options,
                                   uint64_t *id);

// Starts a job that synthesizes a string of phonemes, at most 510 code points, with timings. Symbols that the model
// does not know are skipped.
//
// Errors: as kokoro_jobs_start_ids().
KokoroStatus kokoro_jobs_start_phonemes(const KokoroJobs *jobs,
                                        const KokoroVoice *voice,
                                        const char *phonemes,
                                        const KokoroSpeakOptions *options,
                                        uint64_t *id);

// Starts a job that synthesizes text of any length. Its chunks are delivered one by one, as by kokoro_narrate(). The
// text is converted to phonemes before this returns: a page of English takes a few milliseconds, but the first use of
// a language loads its dictionaries, which takes 0.1 s.
//
// Errors: KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and
// it is not installed; otherwise as kokoro_jobs_start_ids().
KokoroStatus kokoro_jobs_start_text(const KokoroJobs *jobs,
                                    const KokoroVoice *voice,
                                    const char *text,
                                    const KokoroSpeakOptions *options,
                                    uint64_t *id);

// Submits as much of the jobs' work as the GPU is expected to finish within `budget` seconds, and passes finished
// speech and errors to `on_spoken`. Call it once per frame with the time that the frame has left for speech, such as
// 0.004. It does not wait for the GPU. The expected time is measured as jobs run. The samples are the same as those of
// kokoro_synthesize_ids() and the like, bit for bit.
//
// Errors: KOKORO_STATUS_ARGUMENT if `on_spoken` is NULL, or the budget is negative, not finite or too large;
// KOKORO_STATUS_BUSY. Errors of a job are
// passed to `on_spoken` instead.
KokoroStatus kokoro_jobs_step(const KokoroJobs *jobs, double budget, KokoroOnSpoken on_spoken, void *user_data);

// Writes the fraction of the job's work that has been submitted, 0 to 1, to `progress`. It never decreases.
//
// Errors: KOKORO_STATUS_ARGUMENT if there is no such job or it is finished, KOKORO_STATUS_BUSY.
KokoroStatus kokoro_jobs_progress(const KokoroJobs *jobs, uint64_t id, double *progress);

// Stops a job. No callback is called for it any more, except by a step that is already running. Submitted GPU work
// still completes.
//
// Errors: as kokoro_jobs_progress().
KokoroStatus kokoro_jobs_cancel(const KokoroJobs *jobs, uint64_t id);

// Returns the number of unfinished jobs. Never fails with KOKORO_STATUS_BUSY: any thread may call it at any time.
size_t kokoro_jobs_count(const KokoroJobs *jobs);

// Stops and frees all jobs. NULL is allowed.
void kokoro_jobs_free(KokoroJobs *jobs);

// Limits the GPU memory for everything created on the context, model parameters included, to `bytes`. UINT64_MAX
// removes the limit. An allocation beyond it fails with KOKORO_STATUS_OUT_OF_MEMORY; text is then retried in shorter
// chunks. Existing memory is not released, even if it exceeds the limit.
KokoroStatus kokoro_context_set_memory_limit(const KokoroContext *context, uint64_t bytes);

// Writes the bytes of GPU memory that buffers of the context use now to `current`, and the highest number so far to
// `peak`. Both may be NULL. The driver's own memory is not counted.
void kokoro_context_memory(const KokoroContext *context, uint64_t *current, uint64_t *peak);

// Sets how many seconds the driver may take for one submission, which is about a second's work on a slow adapter. The
// default is 120. After that the device counts as lost. Time in which the machine sleeps does not count.
//
// Errors: KOKORO_STATUS_ARGUMENT if `seconds` is less than 0.001 or not finite.
KokoroStatus kokoro_context_set_timeout(const KokoroContext *context, double seconds);

// Checks that the adapter computes correct results, and measures which convolution kernel is the fastest on it. Takes
// about two seconds, or longer when the driver compiles the kernels for the first time. Later work on the context uses
// the fastest kernel that computes correct results, so call this before loading a model. If `folder` is not NULL, the
// result is stored in a file there, and reused as long as the adapter, the driver and the library version are the
// same. A failure to write the file is ignored.
//
// Errors: KOKORO_STATUS_WRONG_ADAPTER if no kernel computes correct results, so that this adapter cannot be used;
// KOKORO_STATUS_GPU, KOKORO_STATUS_DEVICE_LOST.
KokoroStatus kokoro_context_self_check(const KokoroContext *context, const char *folder);

// Loads a model from a .pth, .onnx or .safetensors file. `options` may be NULL. Takes about a second, during which
// some threads compile the kernels. Free the model with kokoro_model_free(); objects created from it keep its
// parameters.
//
// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE,
// KOKORO_STATUS_GPU, KOKORO_STATUS_OUT_OF_MEMORY.
KokoroStatus kokoro_model_open(const KokoroContext *context,
                               const char *path,
                               const KokoroModelOptions *options,
                               KokoroModel **out);

// Loads a model from the contents of such a file, `count` bytes. They are copied and may be freed after the call.
//
// Errors: as kokoro_model_open().
KokoroStatus kokoro_model_from_bytes(const KokoroContext *context,
                                     const uint8_t *bytes,
                                     size_t count,
                                     const KokoroModelOptions *options,
                                     KokoroModel **out);

// Creates a model with random weights from a seed. It needs no file, but produces noise instead of speech.
//
// Errors: KOKORO_STATUS_GPU, KOKORO_STATUS_OUT_OF_MEMORY.
KokoroStatus kokoro_model_seeded(const KokoroContext *context,
                                 uint64_t seed,
                                 const KokoroModelOptions *options,
                                 KokoroModel **out);

// Returns where the model is from: a path, or "seeded:" and the seed. The string belongs to the model.
const char *kokoro_model_origin(const KokoroModel *model);

// Returns whether the weights are random (kokoro_model_seeded()).
bool kokoro_model_is_seeded(const KokoroModel *model);

// Returns the number of parameters: 81,810,022 for the published model.
uint64_t kokoro_model_parameters(const KokoroModel *model);

// Returns the bytes of GPU memory that the parameters use.
uint64_t kokoro_model_resident_bytes(const KokoroModel *model);

// Returns the number of values in a row of a voice for this model: 256 for the published model.
size_t kokoro_model_voice_width(const KokoroModel *model);

// Sets the words that this model reads first in every language, from a file: a word and its phonemes a line, in IPA or in
// misaki's alphabet. Upper and lower case differ; a word is what white space or punctuation divides from others, so none is
// found inside unspaced Chinese or Japanese. NULL removes them. Objects created from the model follow with their next text, for
// which each language is loaded again; text that consists of phonemes is not affected.
//
// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE with the number of the line, KOKORO_STATUS_ARGUMENT if the library was built
// without the feature `text`. The words then stay as they were.
KokoroStatus kokoro_model_set_lexicon(const KokoroModel *model,
                                      const char *path);

// Frees the model. Objects created from it stay valid. NULL is allowed.
void kokoro_model_free(KokoroModel *model);

// Synthesizes token ids (phonemes), at most 510, without the two boundary tokens. `options` may be NULL. Free the
// result with kokoro_speech_free().
//
// Errors: KOKORO_STATUS_ARGUMENT for an invalid id or speed, or a voice of the wrong width; KOKORO_STATUS_TOO_LONG,
// KOKORO_STATUS_CANCELLED, KOKORO_STATUS_BUSY, KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU,
// KOKORO_STATUS_DEVICE_LOST, KOKORO_STATUS_NON_FINITE.
KokoroStatus kokoro_synthesize_ids(const KokoroSynthesizer *synthesizer,
                                   const KokoroVoice *voice,
                                   const uint32_t *ids,
                                   size_t count,
                                   const KokoroSpeakOptions *options,
                                   KokoroSpeech **out);

// Synthesizes a string of phonemes, at most 510 code points. Symbols that the model does not know are skipped, as in
// the published code. The result has the timings of words and phonemes.
//
// Errors: as kokoro_synthesize_ids().
KokoroStatus kokoro_synthesize_phonemes(const KokoroSynthesizer *synthesizer,
                                        const KokoroVoice *voice,
                                        const char *phonemes,
                                        const KokoroSpeakOptions *options,
                                        KokoroSpeech **out);

// Synthesizes text of any length and returns all of its audio joined. For long text prefer kokoro_narrate(), which
// delivers the first audio earlier.
//
// Errors: as kokoro_narrate().
KokoroStatus kokoro_synthesize_text(const KokoroSynthesizer *synthesizer,
                                    const KokoroVoice *voice,
                                    const char *text,
                                    const KokoroSpeakOptions *options,
                                    KokoroSpeech **out);

// Synthesizes text of any length and passes each chunk to `on_chunk` once it is ready, while the next one is computed.
// In English text, "[word](/phonemes/)" sets the pronunciation of a word. `options` may be NULL.
//
// Errors: KOKORO_STATUS_TEXT if there is nothing to speak, KOKORO_STATUS_CANCELLED if the callback or options->cancel
// stopped the call, KOKORO_STATUS_PROGRAM if the language needs espeak-ng and it is not installed; otherwise as
// kokoro_synthesize_ids(). Chunks delivered before an error are valid.
KokoroStatus kokoro_narrate(const KokoroSynthesizer *synthesizer,
                            const KokoroVoice *voice,
                            const char *text,
                            const KokoroSpeakOptions *options,
                            KokoroOnChunk on_chunk,
                            void *user_data);

// Returns the samples at KOKORO_SAMPLE_RATE, neither clipped nor trimmed: mostly within -1 to 1. Writes their number
// to `count`, which may be NULL, here and in the functions below. The array belongs to the speech.
const float *kokoro_speech_samples(const KokoroSpeech *speech, size_t *count);

// Returns the duration of each token in frames: per chunk the start boundary, each phoneme, and the end boundary.
// Their sum times KOKORO_FRAME_SAMPLES is the number of samples. The array belongs to the speech.
const uint32_t *kokoro_speech_durations(const KokoroSpeech *speech, size_t *count);

// Returns the words in order, without overlaps; none if token ids were synthesized. The array belongs to the speech.
const KokoroWord *kokoro_speech_words(const KokoroSpeech *speech, size_t *count);

// Returns the phonemes in order, without gaps inside a chunk; none if token ids were synthesized. The array belongs to
// the speech.
const KokoroSymbol *kokoro_speech_symbols(const KokoroSpeech *speech, size_t *count);

// Returns the position of the first sample, in samples from the start of the text: 0 except for later chunks of a
// text.
uint64_t kokoro_speech_start(const KokoroSpeech *speech);

// Returns the text of this speech with the white space around it; "" if token ids were synthesized. The texts of all
// chunks joined are the given text, except for an unspeakable rest at its end. The string belongs to the speech.
const char *kokoro_speech_text(const KokoroSpeech *speech);

// Returns the phonemes of this speech; "" if token ids were synthesized. The string belongs to the speech.
const char *kokoro_speech_phonemes(const KokoroSpeech *speech);

// Frees a speech that a kokoro_synthesize function returned. Must not be called on the speech passed to a callback.
// NULL is allowed.
void kokoro_speech_free(KokoroSpeech *speech);

// Writes samples as a WAV file: 16-bit mono at KOKORO_SAMPLE_RATE, clipped to -1 to 1. The file is replaced as a
// whole: an error never leaves a partial file.
//
// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE if `path` is not a regular file, KOKORO_STATUS_ARGUMENT beyond 24
// hours.
KokoroStatus kokoro_wav_write(const char *path, const float *samples, size_t count);

// Returns the message of the last failed call on this thread: one line of UTF-8 that names the cause, or "" if no call
// failed yet. The string is valid until the next failed call on this thread.
const char *kokoro_error_message(void);

// Returns a short description of a status, such as "bad file", or "unknown" for an unknown number. The string is
// static.
const char *kokoro_status_name(int32_t status);

// Creates a synthesizer. Its buffers grow with the length of the utterances: see kokoro_synthesizer_warm_up(). Free it
// with kokoro_synthesizer_free().
//
// Errors: KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU.
KokoroStatus kokoro_synthesizer_new(const KokoroModel *model, KokoroSynthesizer **out);

// Allocates the buffers for utterances of up to `frames` frames of 25 ms and runs every kernel once, so that the first
// utterance is as fast as later ones.
//
// Errors: KOKORO_STATUS_ARGUMENT for 0 frames, KOKORO_STATUS_TOO_LONG beyond kokoro_synthesizer_max_frames(), KOKORO_STATUS_BUSY,
// KOKORO_STATUS_OUT_OF_MEMORY, KOKORO_STATUS_GPU.
KokoroStatus kokoro_synthesizer_warm_up(const KokoroSynthesizer *synthesizer,
                                        uint32_t frames);

// Returns the length of the longest utterance that the device can synthesize in one piece, in frames of 25 ms. Longer
// text is split automatically.
uint32_t kokoro_synthesizer_max_frames(const KokoroSynthesizer *synthesizer);

// Returns the highest number of bytes of GPU memory that activations have used so far, without the model's parameters.
// Does not wait for a running call.
uint64_t kokoro_synthesizer_peak_bytes(const KokoroSynthesizer *synthesizer);

// Frees the synthesizer. NULL is allowed.
void kokoro_synthesizer_free(KokoroSynthesizer *synthesizer);

// Loads a voice from a .pt, .bin, .npz, .npy, .safetensors or .json file. If the file or folder has several voices,
// `name` selects one; otherwise it is NULL. The voice is named after the file, without its extension. The name
// determines the default language: "bf_emma" speaks British English. Free the voice with kokoro_voice_free().
//
// Errors: KOKORO_STATUS_IO, KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
KokoroStatus kokoro_voice_open(const char *path, const char *name, KokoroVoice **out);

// Loads a voice called `name` from the contents of such a file, `count` bytes. They are copied and may be freed after
// the call.
//
// Errors: KOKORO_STATUS_BAD_FILE, KOKORO_STATUS_WRONG_MODEL, KOKORO_STATUS_NON_FINITE.
KokoroStatus kokoro_voice_from_bytes(const char *name, const uint8_t *bytes, size_t count, KokoroVoice **out);

// Creates a random voice from a seed. `width` is kokoro_model_voice_width() of the model to use it with, at most 4096;
// 0 means that of the published model.
//
// Errors: KOKORO_STATUS_ARGUMENT.
KokoroStatus kokoro_voice_seeded(uint64_t seed, size_t width, KokoroVoice **out);

// Creates the weighted mean of `count` voices. The weights must not be negative, and need not sum to 1. The voices may
// be freed after the call.
//
// Errors: KOKORO_STATUS_ARGUMENT if `count` is 0, the voices differ in width, or a weight is invalid.
KokoroStatus kokoro_voice_blend(const KokoroVoice *const *voices,
                                const float *weights,
                                size_t count,
                                KokoroVoice **out);

// Returns the name of the voice. The string belongs to the voice.
const char *kokoro_voice_name(const KokoroVoice *voice);

// Returns the number of values in a row. It must equal kokoro_model_voice_width() of the model.
size_t kokoro_voice_width(const KokoroVoice *voice);

// Frees the voice. No running call may use it; jobs that were started with it go on. NULL is allowed.
void kokoro_voice_free(KokoroVoice *voice);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* KOKORO_H */

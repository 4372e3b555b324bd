// The C interface from C++11: unique_ptr for ownership, exceptions for errors, a lambda as callback.
// Run by crates/capi/tests/run.
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"

namespace {

struct Free {
    void operator()(KokoroContext *context) const { kokoro_context_free(context); }
    void operator()(KokoroModel *model) const { kokoro_model_free(model); }
    void operator()(KokoroVoice *voice) const { kokoro_voice_free(voice); }
    void operator()(KokoroSynthesizer *synthesizer) const { kokoro_synthesizer_free(synthesizer); }
    void operator()(KokoroSpeech *speech) const { kokoro_speech_free(speech); }
};

template <typename T> using Owned = std::unique_ptr<T, Free>;

struct Failure : std::runtime_error {
    explicit Failure(KokoroStatus status) : std::runtime_error(kokoro_error_message()), status(status) {}
    KokoroStatus status;
};

void check(KokoroStatus status)
{
    if (status != KOKORO_STATUS_OK)
        throw Failure(status);
}

// The object that a function creates: create<KokoroModel>(kokoro_model_open, context, path, options).
template <typename T, typename Make, typename... Arguments> Owned<T> create(Make make, Arguments... arguments)
{
    T *object = nullptr;
    check(make(arguments..., &object));
    return Owned<T>(object);
}

template <typename OnChunk>
void narrate(const Owned<KokoroSynthesizer> &synthesizer, const Owned<KokoroVoice> &voice, const std::string &text,
             const KokoroSpeakOptions &options, OnChunk on_chunk)
{
    // An exception must not leave the callback, so it is stored and rethrown after the call.
    struct Call {
        OnChunk *on_chunk;
        std::exception_ptr thrown;
    } call = {&on_chunk, nullptr};
    KokoroStatus status = kokoro_narrate(
        synthesizer.get(), voice.get(), text.c_str(), &options,
        [](const KokoroSpeech *chunk, void *data) -> int {
            Call &call = *static_cast<Call *>(data);
            try {
                (*call.on_chunk)(chunk);
                return 0;
            } catch (...) {
                call.thrown = std::current_exception();
                return 1;
            }
        },
        &call);
    if (call.thrown)
        std::rethrow_exception(call.thrown);
    check(status);
}

} // namespace

int main()
{
    if (kokoro_abi_version() != KOKORO_ABI_VERSION)
        throw std::runtime_error("kokoro.h and the library have different ABI versions");
    KokoroModelOptions dimensions = narrow();
    auto context = create<KokoroContext>(kokoro_context_open, nullptr);
    auto model = create<KokoroModel>(kokoro_model_seeded, context.get(), 0, &dimensions);
    auto voice = create<KokoroVoice>(kokoro_voice_seeded, 0, kokoro_model_voice_width(model.get()));
    auto synthesizer = create<KokoroSynthesizer>(kokoro_synthesizer_new, model.get());

    KokoroSpeakOptions options = {};
    options.size = sizeof options;
    options.language = "phonemes";
    options.speed = 4;
    std::vector<float> samples;
    std::string words;
    narrate(synthesizer, voice, "tin cat a. cat a tin. a cat.", options, [&](const KokoroSpeech *chunk) {
        std::size_t count = 0;
        const float *first = kokoro_speech_samples(chunk, &count);
        samples.insert(samples.end(), first, first + count);
        const KokoroWord *word = kokoro_speech_words(chunk, &count);
        for (const KokoroWord *end = word + count; word != end; ++word)
            words += std::string(word->text) + " ";
    });
    CHECK(!samples.empty() && samples.size() % KOKORO_FRAME_SAMPLES == 0);
    CHECK(words == "tin cat a. cat a tin. a cat. ");

    try {
        narrate(synthesizer, voice, "tin cat.", options, [](const KokoroSpeech *) { throw std::logic_error("enough"); });
        CHECK(!"the callback's exception was not rethrown");
    } catch (const std::logic_error &error) {
        CHECK(std::strcmp(error.what(), "enough") == 0);
    }
    try {
        create<KokoroModel>(kokoro_model_open, context.get(), "absent.pth", &dimensions);
        CHECK(!"opening an absent file did not fail");
    } catch (const Failure &failure) {
        CHECK(failure.status == KOKORO_STATUS_IO && std::strstr(failure.what(), "absent.pth"));
    }
    std::cout << words << "- " << samples.size() << " samples" << std::endl;
}

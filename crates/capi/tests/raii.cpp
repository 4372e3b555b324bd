// The C interface from C++11: unique_ptr for what is owned, an exception for what fails, a lambda that hears the chunks.
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

// The function's last argument, owned: made<KokoroModel>(kokoro_model_open, context, path, options).
template <typename T, typename Make, typename... Arguments> Owned<T> made(Make make, Arguments... arguments)
{
    T *object = nullptr;
    check(make(arguments..., &object));
    return Owned<T>(object);
}

template <typename Hear>
void narrate(const Owned<KokoroSynthesizer> &synthesizer, const Owned<KokoroVoice> &voice, const std::string &text,
             const KokoroSpeakOptions &options, Hear hear)
{
    // No exception may leave the callback, so that one is kept until the call is over.
    struct Call {
        Hear *hear;
        std::exception_ptr thrown;
    } call = {&hear, nullptr};
    KokoroStatus status = kokoro_narrate(
        synthesizer.get(), voice.get(), text.c_str(), &options,
        [](const KokoroSpeech *chunk, void *data) -> int {
            Call &call = *static_cast<Call *>(data);
            try {
                (*call.hear)(chunk);
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
        throw std::runtime_error("kokoro.h and the library differ");
    KokoroModelOptions dimensions = narrow();
    auto context = made<KokoroContext>(kokoro_context_open, nullptr);
    auto model = made<KokoroModel>(kokoro_model_seeded, context.get(), 0, &dimensions);
    auto voice = made<KokoroVoice>(kokoro_voice_seeded, 0, kokoro_model_voice_width(model.get()));
    auto synthesizer = made<KokoroSynthesizer>(kokoro_synthesizer_new, model.get());

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
        CHECK(!"an exception of the callback's is thrown");
    } catch (const std::logic_error &error) {
        CHECK(std::strcmp(error.what(), "enough") == 0);
    }
    try {
        made<KokoroModel>(kokoro_model_open, context.get(), "absent.pth", &dimensions);
        CHECK(!"an absent file is an error");
    } catch (const Failure &failure) {
        CHECK(failure.status == KOKORO_STATUS_IO && std::strstr(failure.what(), "absent.pth"));
    }
    std::cout << words << "- " << samples.size() << " samples" << std::endl;
}

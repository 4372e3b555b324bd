"""What a speech recogniser hears in WAV files, against what was said: the check that a change of sound is still speech.

usage: hear.py MODEL FOLDER SENTENCES.tsv    FOLDER has N.wav for line N of SENTENCES, `voice<TAB>sentence`, perhaps
with a third column: the sentence in words, where the recogniser's normaliser cannot know how it is said ("007").

The recogniser is Whisper tiny.en. Both texts go through Whisper's own normaliser, so that "fifty" and "50" are equal.
Exit status 1 if more than 5 % of all words are wrong (substituted, inserted or missing)."""

import sys
from pathlib import Path

import jiwer
from faster_whisper import WhisperModel
from whisper_normalizer.english import EnglishTextNormalizer

MOST_ERRORS = 0.05


def main():
    model_folder, folder, sentences = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    model = WhisperModel(model_folder, device="cpu", compute_type="int8", cpu_threads=2)
    normalize = EnglishTextNormalizer()
    said, heard = [], []
    for number, line in enumerate(sentences.read_text(encoding="utf-8").splitlines(), 1):
        voice, sentence, *words = line.split("\t")
        segments, _ = model.transcribe(str(folder / f"{number}.wav"), language="en", beam_size=5)
        text = " ".join(segment.text.strip() for segment in segments)
        said.append(normalize(words[0] if words else sentence))
        heard.append(normalize(text))
        print(f"{voice:11} said:  {sentence}\n{'':11} heard: {text}")
    measured = jiwer.process_words(said, heard)
    words = measured.hits + measured.substitutions + measured.deletions
    wrong = measured.substitutions + measured.deletions + measured.insertions
    print(f"word errors: {wrong} of {words} ({measured.wer:.1%}), at most {MOST_ERRORS:.0%}")
    sys.exit(measured.wer > MOST_ERRORS)


main()

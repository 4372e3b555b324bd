//! Words that the dictionaries lack or read without their accents: technical names and loanwords, with American and
//! British phonemes.

/// Word, American phonemes, British phonemes. A word in lower case also stands for its capitalised form.
#[rustfmt::skip]
pub const WORDS: &[(&str, &str, &str)] = &[
    // Loanwords whose accent tells them from another word.
    ("résumé", "ɹˈɛzəmˌA", "ɹˈɛzjʊmˌA"),
    ("résumés", "ɹˈɛzəmˌAz", "ɹˈɛzjʊmˌAz"),
    ("resumé", "ɹˈɛzəmˌA", "ɹˈɛzjʊmˌA"),
    ("exposé", "ˌɛkspOzˈA", "ɛkspˈQzA"),
    ("exposés", "ˌɛkspOzˈAz", "ɛkspˈQzAz"),
    ("pâté", "pɑtˈA", "pˈatA"),
    ("pâtés", "pɑtˈAz", "pˈatAz"),
    ("rosé", "ɹOzˈA", "ɹˈQzA"),
    ("lamé", "lɑmˈA", "lˈɑːmA"),
    ("maté", "mˈɑtA", "mˈatA"),
    ("saké", "sˈɑki", "sˈɑːki"),
    // Names of programs, formats and systems, as their makers or most people say them.
    ("Django", "ʤˈæŋɡO", "ʤˈaŋɡQ"),
    ("GIF", "ɡˈɪf", "ɡˈɪf"),
    ("GIFs", "ɡˈɪfs", "ɡˈɪfs"),
    ("GitHub", "ɡˈɪthˌʌb", "ɡˈɪthˌʌb"),
    ("GitLab", "ɡˈɪtlˌæb", "ɡˈɪtlˌab"),
    ("json", "ʤˈAsᵊn", "ʤˈAsᵊn"),
    ("JSON", "ʤˈAsᵊn", "ʤˈAsᵊn"),
    ("kubectl", "kjˈubkəntɹˌOl", "kjˈuːbkəntɹˌQl"),
    ("kubernetes", "kˌubəɹnˈɛTiz", "kˌuːbənˈɛtiːz"),
    ("LaTeX", "lˈAtˌɛk", "lˈAtˌɛk"),
    ("MySQL", "mˌIˌɛskjˌuˈɛl", "mˌIˌɛskjˌuːˈɛl"),
    ("nginx", "ˌɛnʤənˈɛks", "ˌɛnʤɪnˈɛks"),
    ("NGINX", "ˌɛnʤənˈɛks", "ˌɛnʤɪnˈɛks"),
    ("NumPy", "nˈʌmpˌI", "nˈʌmpˌI"),
    ("PostgreSQL", "pˌOstɡɹɛskjˌuˈɛl", "pˌQstɡɹɛskjˌuːˈɛl"),
    ("Postgres", "pˈOstɡɹɛs", "pˈQstɡɹɛs"),
    ("PyPI", "pˌIpˌiˈI", "pˌIpˌiːˈI"),
    ("PyTorch", "pˈItˌɔɹʧ", "pˈItˌɔːʧ"),
    ("SciPy", "sˈIpˌI", "sˈIpˌI"),
    ("SQLite", "ˌɛskjˌuˈɛlˌIt", "ˌɛskjˌuːˈɛlˌIt"),
    ("systemd", "sˈɪstəmdˌi", "sˈɪstəmdˌiː"),
    ("TensorFlow", "tˈɛnsəɹflˌO", "tˈɛnsəflˌQ"),
    ("Vue", "vjˈu", "vjˈuː"),
    ("Wi-Fi", "wˈIfˌI", "wˈIfˌI"),
    ("WiFi", "wˈIfˌI", "wˈIfˌI"),
    ("wifi", "wˈIfˌI", "wˈIfˌI"),
    ("YAML", "jˈæməl", "jˈaməl"),
];

//! Well-known names that the models get wrong.

/// Name, American phonemes, British phonemes.
#[rustfmt::skip]
pub const NAMES: &[(&str, &str, &str)] = &[
    ("ahmed", "ˈɑməd", "ˈɑːmɛd"), ("airbnb", "ˌɛɹbˌiˌɛnbˈi", "ˌɛːbˌiːˌɛnbˈiː"), ("aoife", "ˈifə", "ˈiːfə"),
    ("barack", "bəɹˈɑk", "bəɹˈak"), ("beyonce", "biˈɑnsA", "biːˈɒnsA"), ("bjork", "bjˈɔɹk", "bjˈɔːk"), ("brienne", "bɹiˈɛn", "bɹiːˈɛn"),
    ("chalamet", "ʃˈæləmA", "ʃˈaləmA"), ("daenerys", "dənˈɛɹɪs", "dənˈɛːɹɪs"), ("deepika", "dipˈikə", "diːpˈiːkə"),
    ("djokovic", "ʤˈOkəvɪʧ", "ʤˈɒkəvɪʧ"), ("fernandez", "fəɹnˈændɛz", "fənˈandɛz"),
    ("gonzalez", "ɡənzˈɑlɛz", "ɡɒnzˈɑːlɛz"), ("guillermo", "ɡiˈɛɹmO", "ɡiːˈɛːmQ"),
    ("hermione", "həɹmˈIəni", "həmˈIəni"), ("huawei", "wˈɑwˌA", "wˈɑːwA"), ("joaquin", "wɑkˈin", "wakˈiːn"), ("johann", "jˈOhɑn", "jˈQhan"), ("kowalski", "kəwˈɑlski", "kəwˈalski"),
    ("mbappe", "əmbˈɑpA", "əmbˈapA"), ("moderna", "mədˈɜɹnə", "mədˈɜːnə"), ("mohammed", "mOhˈɑməd", "məhˈamɪd"), ("morales", "məɹˈɑlɛz", "mɒɹˈɑːlɛz"),
    ("neil", "nˈil", "nˈiːl"), ("nguyen", "nwˈɪn", "nwˈɪn"), ("niamh", "nˈiv", "nˈiːv"),
    ("pfizer", "fˈIzəɹ", "fˈIzə"), ("rodriguez", "ɹɑdɹˈiɡɛz", "ɹɒdɹˈiːɡɛz"), ("saoirse", "sˈɪɹʃə", "sˈɪəʃə"),
    ("schmidt", "ʃmˈɪt", "ʃmˈɪt"), ("scorsese", "skɔɹsˈAzi", "skɔːsˈAzi"), ("siobhan", "ʃəvˈɔn", "ʃɪvˈɔːn"),
    ("skibidi", "skˈɪbədi", "skˈɪbɪdi"), ("versace", "vəɹsˈɑʧi", "vəsˈɑːʧi"), ("wojciech", "vˈYʧɛk", "vˈYʧɛk"),
    ("xiomara", "zˌiOmˈɑɹə", "zˌiːQmˈɑːɹə"), ("zelenskyy", "zəlˈɛnski", "zɪlˈɛnski"),
];

//! The spoken names of symbols and letters, in words that the dictionaries of both accents have.

/// Signs of currencies, which stand before the amount.
pub const CURRENCIES: &str = "$£€¥￥₹₽₩₱₺₦₪₿";

/// The name of a symbol. `fallback.rs` decides whether it is decoration, as in `*bold*` and `#tag`.
pub fn symbol(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '=' => "equals",
        '/' => "slash",
        '\\' => "backslash",
        '&' => "and",
        '%' => "percent",
        '@' => "at",
        '#' => "hash",
        '+' => "plus",
        '−' => "minus",
        '±' => "plus or minus",
        '×' => "times",
        '÷' => "divided by",
        '≈' => "about",
        '≠' => "is not equal to",
        '≤' => "at most",
        '≥' => "at least",
        '<' => "less than",
        '>' => "greater than",
        '|' => "bar",
        '~' => "tilde",
        '^' => "caret",
        '*' => "asterisk",
        '_' => "underscore",
        '$' => "dollars",
        '£' => "pounds",
        '€' => "euros",
        '¢' => "cents",
        '¥' | '￥' => "yen",
        '₹' => "rupees",
        // The British dictionary lacks "ruble", the American one "rouble".
        '₽' => "[rubles](/ɹˈubᵊlz/)",
        '₱' => "pesos",
        '₺' => "lira",
        '₦' => "naira",
        '₪' => "shekels",
        '₿' => "bitcoin",
        '₩' => "won",
        '°' => "degrees",
        '′' => "minutes",
        '″' => "seconds",
        '‰' => "per thousand",
        '§' => "section",
        '¶' => "paragraph",
        '©' => "copyright",
        '®' => "registered",
        '™' => "trademark",
        '†' => "dagger",
        '←' | '⇐' => "left arrow",
        '↑' => "up arrow",
        '↓' => "down arrow",
        '∞' => "infinity",
        '√' => "square root",
        '²' => "squared",
        '³' => "cubed",
        '¼' => "one quarter",
        '½' => "one half",
        '¾' => "three quarters",
        '⅓' => "one third",
        '⅔' => "two thirds",
        '⅕' => "one fifth",
        '⅖' => "two fifths",
        '⅗' => "three fifths",
        '⅘' => "four fifths",
        '⅙' => "one sixth",
        '⅚' => "five sixths",
        '⅛' => "one eighth",
        '⅜' => "three eighths",
        '⅝' => "five eighths",
        '⅞' => "seven eighths",
        '⁄' => "over",
        'µ' | 'μ' => "micro",
        'π' => "pie",
        'Ω' => "ohm",
        _ => return None,
    })
}

/// Whether a symbol is never spoken: quotes, bullets, hyphens.
pub fn is_silent(symbol: char) -> bool {
    "'’‘`´\"-–‐•·‣◦■□●○◆".contains(symbol)
}

/// The name of a Greek letter.
pub fn greek(letter: char) -> Option<&'static str> {
    const NAMES: [&str; 25] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
        "xi", "omicron", "pie", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    ];
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    NAMES.get((lower as usize).checked_sub('α' as usize)?).copied()
}

/// ASCII letters for a Latin letter that Unicode does not decompose into a letter and an accent.
pub fn ascii_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ø' => "o",
        'Ø' => "O",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ħ' => "h",
        'ı' => "i",
        'ß' => "ss",
        'ẞ' => "SS",
        'æ' => "ae",
        'Æ' => "Ae",
        'œ' => "oe",
        'Œ' => "Oe",
        'þ' => "th",
        'Þ' => "Th",
        _ => return None,
    })
}

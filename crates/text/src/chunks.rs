//! Splits long phoneme strings into chunks that fit into one run of the network.

/// Punctuation to cut after, best first: the order of the Python pipeline ("waterfall").
const WATERFALL: [&str; 3] = ["!.?…", ":;", ",—"];
/// Closing marks that stay with the punctuation before them.
const CLOSING: &str = ")”";
/// Symbols that modify the one before them.
const MODIFIERS: &str = "ː\u{303}ʰʲᵝ";
/// Stress marks, which belong to the symbol after them.
const STRESS: &str = "ˈˌ";

/// Splits a phoneme string into chunks of at most `limit` code points (the network takes
/// [`MAX_PHONEMES`](crate::phonemes::MAX_PHONEMES)), filled greedily. A chunk that would overflow is cut after its last
/// `! . ? …`, else `: ;`, else `, —` (a following `)` or `”` stays with the mark), else at its last space, else after its
/// last `/`, the word separator of v1.1-zh, else anywhere.
///
/// Chunks are trimmed and never empty. Only white space at the cuts is lost. A `limit` of 0 counts as 1.
pub fn split(phonemes: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(1);
    let mut rest = phonemes.trim();
    let mut chunks = Vec::new();
    while let Some((overflow, _)) = rest.char_indices().nth(limit) {
        let (chunk, tail) = rest.split_at(cut(rest, overflow));
        chunks.push(chunk.trim_end());
        rest = tail.trim_start();
    }
    if !rest.is_empty() {
        chunks.push(rest);
    }
    chunks
}

/// The byte offset, after at least one symbol, at which to cut `text`. The symbol at `overflow` no longer fits.
fn cut(text: &str, overflow: usize) -> usize {
    let after_mark = |class: &str, word_end: bool| {
        let fits = &text[..overflow];
        fits.char_indices().rev().filter(|(_, mark)| class.contains(*mark)).find_map(|(at, mark)| {
            let mut end = at + mark.len_utf8();
            end += fits[end..].chars().take_while(|&c| CLOSING.contains(c)).map(char::len_utf8).sum::<usize>();
            let next = text[end..].chars().next();
            (!word_end || next.is_none_or(char::is_whitespace)).then_some(end)
        })
    };
    let at_space = || {
        let fits = &text[..overflow];
        if text[overflow..].starts_with(char::is_whitespace) { Some(overflow) } else { fits.rfind(char::is_whitespace) }
    };
    // Prefer a space to a mark inside a word ("x.y").
    WATERFALL
        .iter()
        .find_map(|class| after_mark(class, true))
        .or_else(at_space)
        .or_else(|| WATERFALL.iter().find_map(|class| after_mark(class, false)))
        .or_else(|| text[..overflow].rfind('/').map(|at| at + 1))
        .unwrap_or_else(|| anywhere(text, overflow))
}

/// The last position before `overflow` that does not separate a modifier or stress mark from its symbol.
fn anywhere(text: &str, overflow: usize) -> usize {
    let mut before = text[..overflow].chars().rev().peekable();
    let (mut at, mut next) = (overflow, text[overflow..].chars().next());
    while let Some(symbol) = before.next() {
        let inseparable = STRESS.contains(symbol) || next.is_some_and(|next| MODIFIERS.contains(next));
        if !inseparable {
            return at;
        }
        if before.peek().is_none() {
            break;
        }
        at -= symbol.len_utf8();
        next = Some(symbol);
    }
    overflow
}

//! Long phoneme strings in pieces that the network can take.

/// Marks to cut after, best first: the published waterfall.
const WATERFALL: [&str; 3] = ["!.?…", ":;", ",—"];
/// A mark takes these along when they follow it directly.
const CLOSING: &str = ")”";
/// These modify the symbol before them.
const MODIFIERS: &str = "ː\u{303}ʰʲᵝ";
/// These belong to the symbol after them.
const STRESS: &str = "ˈˌ";

/// Splits a phoneme string into chunks of at most `limit` code points (the network takes
/// [`MAX_PHONEMES`](super::phonemes::MAX_PHONEMES)), filled greedily. A chunk that would overflow is cut after its last
/// `! . ? …`, else `: ;`, else `, —` (a following `)` or `”` goes along), else at its last space, else after its last `/`,
/// with which v1.1-zh divides words, else anywhere.
///
/// Chunks come trimmed and never empty; nothing but white space at the cuts is lost. A `limit` of 0 counts as 1.
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

/// Where to cut `text` (byte offset, at least one symbol in), whose symbol at `overflow` no longer fits.
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
    // A mark inside a word ("x.y") is no place to cut while there is a space.
    WATERFALL
        .iter()
        .find_map(|class| after_mark(class, true))
        .or_else(at_space)
        .or_else(|| WATERFALL.iter().find_map(|class| after_mark(class, false)))
        .or_else(|| text[..overflow].rfind('/').map(|at| at + 1))
        .unwrap_or_else(|| anywhere(text, overflow))
}

/// The last place before `overflow` that does not tear a mark off its symbol.
fn anywhere(text: &str, overflow: usize) -> usize {
    let mut before = text[..overflow].chars().rev().peekable();
    let (mut at, mut next) = (overflow, text[overflow..].chars().next());
    while let Some(symbol) = before.next() {
        let torn = STRESS.contains(symbol) || next.is_some_and(|next| MODIFIERS.contains(next));
        if !torn {
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

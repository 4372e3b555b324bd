//! Tone sandhi and neutral tones, for v1.1-zh, which was trained on phonemes with them applied. v1.0 was trained on the
//! tones of the dictionary.

use super::syllable::Syllable;

/// A word with its part of speech.
#[derive(Clone, Debug)]
pub struct Word {
    /// The Chinese characters.
    pub text: String,
    /// The part of speech, as jieba names it.
    pub tag: String,
    /// One for each character.
    pub syllables: Vec<Syllable>,
    /// In a compound of two words, the number of syllables of the first.
    pub head: usize,
}

impl Word {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }

    fn len(&self) -> usize {
        self.syllables.len()
    }

    fn join(&mut self, other: Self) {
        // Three single characters divide into one and two.
        self.head = if self.head == 1 { 1 } else { self.len() };
        self.text += &other.text;
        self.syllables.extend(other.syllables);
    }

    fn is_all_third_tone(&self) -> bool {
        self.syllables.iter().all(|syllable| syllable.tone == 3)
    }

    /// Whether it is one character twice.
    fn is_doubled(&self) -> bool {
        let mut characters = self.text.chars();
        self.len() == 2 && characters.next() == characters.next()
    }

    fn set_neutral(&mut self, at: usize) {
        if let Some(syllable) = self.syllables.get_mut(at) {
            syllable.tone = 5;
        }
    }
}

/// Words whose last syllable has the neutral tone, in addition to those in the table of phrases.
const NEUTRAL: &str = "朋友 学生 东西 先生 太太 眼睛 耳朵 头发 衣服 时候 事情 意思 名字 故事 消息 关系 地方 月亮 太阳 早上 晚上 \
    喜欢 认识 知道 告诉 明白 清楚 舒服 漂亮 便宜 聪明 麻烦 热闹 干净 客气 暖和 凉快 厉害 老实 结实 糊涂 马虎 \
    休息 商量 打听 打算 打扮 收拾 招呼 照顾 答应 琢磨 耽误 咳嗽 困难 什么 怎么 这么 那么 多么 \
    豆腐 馒头 包子 葡萄 萝卜 石头 木头 骨头 舌头 拳头 枕头 窗户 钥匙 玻璃 棉花 粮食 点心 月饼 核桃 石榴 \
    爸爸 妈妈 哥哥 姐姐 弟弟 妹妹 爷爷 奶奶 叔叔 姑姑 舅舅 爱人 丈夫 媳妇 姑娘 师傅 护士 大夫 别人 人家 \
    脑袋 胳膊 屁股 嘴巴 尾巴 下巴 眉毛 指甲 脾气 力气 福气 运气 精神 本事 学问 见识 知识 主意 心思 \
    生意 买卖 费用 规矩 动静 部分 队伍 位置 合同 胡同 灯笼 风筝 蘑菇 狐狸 骆驼 蛤蟆 苍蝇 相声";

/// Merges words that are spoken as one, and applies the tone rules to every syllable.
pub fn apply(words: Vec<Word>) -> Vec<Word> {
    let mut words = merged(words);
    for word in &mut words {
        not_and_one(word);
        neutral_tones(word);
        third_tones(word);
        erhua(word);
    }
    words
}

/// The syllables of a word to which no more are joined.
const LONGEST_JOINED: usize = 16;

/// Merges words that are spoken as one.
fn merged(words: Vec<Word>) -> Vec<Word> {
    let mut merged: Vec<Word> = Vec::new();
    let mut words = words.into_iter().peekable();
    while let Some(mut word) = words.next() {
        // "听一听"
        if let (Some(last), Some(next)) = (merged.last_mut(), words.peek())
            && word.is("一")
            && last.text == next.text
            && last.tag.starts_with('v')
        {
            last.join(word);
            last.set_neutral(1);
            last.join(words.next().unwrap_or_else(|| last.clone()));
            continue;
        }
        // 不 and 一 join the next word, which decides their tone.
        if (word.is("不") || word.is("一"))
            && let Some(next) = words.next()
        {
            let tag = next.tag.clone();
            word.join(next);
            word.tag = tag;
        }
        if let Some(last) = merged.last_mut().filter(|last| last.len() < LONGEST_JOINED) {
            let both_third = last.is_all_third_tone() && word.is_all_third_tone();
            let thirds_meet =
                last.syllables.last().zip(word.syllables.first()).is_some_and(|(a, b)| a.tone == 3 && b.tone == 3);
            let short = last.len() + word.len() <= 3 && !last.is_doubled();
            if word.is("儿") || last.text == word.text || (both_third || thirds_meet) && short {
                last.join(word);
                continue;
            }
        }
        merged.push(word);
    }
    merged
}

/// 不 and 一 have tone 2 before tone 4; 一 has tone 4 before the other tones. In counting and ordinals it keeps tone 1.
fn not_and_one(word: &mut Word) {
    const NUMERALS: &str = "零〇一二三四五六七八九十百千万亿两";
    let characters: Vec<char> = word.text.chars().collect();
    if characters.len() != word.len() {
        return;
    }
    let is_number = characters.iter().all(|c| NUMERALS.contains(*c));
    let verb_not_verb = characters.len() == 3 && characters[1] == '不';
    for at in 0..characters.len() {
        let next = word.syllables.get(at + 1).map(|next| next.tone);
        let between = characters.len() == 3 && at == 1 && characters[0] == characters[2];
        word.syllables[at].tone = match (characters[at], next) {
            ('不', _) if verb_not_verb && at == 1 => 5,
            ('不', Some(4)) => 2,
            ('一', _) if between => 5,
            ('一', Some(_)) if is_number || at > 0 && characters[at - 1] == '第' => 1,
            ('一', Some(4 | 5)) => 2,
            ('一', Some(_)) => 4,
            _ => continue,
        };
    }
}

/// Neutral tones: particles, repeated syllables, endings.
fn neutral_tones(word: &mut Word) {
    let characters: Vec<char> = word.text.chars().collect();
    let count = characters.len();
    if count != word.len() || count == 0 {
        return;
    }
    let tag = word.tag.chars().next().unwrap_or('x');
    for at in 1..count {
        if characters[at] == characters[at - 1] && "nva".contains(tag) {
            word.set_neutral(at);
        }
    }
    let (last, before) = (characters[count - 1], count.checked_sub(2).map(|at| characters[at]));
    let ending = match last {
        '吧' | '呢' | '啊' | '呐' | '嘛' | '哦' | '哟' | '啰' | '喔' | '的' | '地' | '得' => true,
        '了' | '着' | '过' => count == 1 && ["ul", "uz", "ug"].contains(&word.tag.as_str()),
        '们' | '子' => count > 1 && "rn".contains(tag),
        '上' | '下' => count > 1 && "slf".contains(tag),
        '来' | '去' => before.is_some_and(|c| "上下进出回过起开".contains(c)),
        '个' => before.is_none_or(|c| "一二三四五六七八九十两几半多各整每做是百千万".contains(c)),
        _ => false,
    };
    let tail: String = characters[count.saturating_sub(2)..].iter().collect();
    // "说得对"
    if count == 3 && characters[1] == '得' {
        word.set_neutral(1);
    }
    // The verb 得 ("must") keeps its tone.
    let ending = ending && !(last == '得' && word.syllables[count - 1].tone == 3);
    if ending || count > 1 && NEUTRAL.split_whitespace().any(|neutral| neutral == tail) {
        word.set_neutral(count - 1);
    }
}

/// Of two adjacent third tones the first becomes a second tone.
fn third_tones(word: &mut Word) {
    let syllables = &mut word.syllables;
    match syllables.len() {
        // 展览/馆 and 纸/老虎 differ.
        3 if syllables.iter().all(|syllable| syllable.tone == 3) => {
            syllables[1].tone = 2;
            if word.head != 1 {
                syllables[0].tone = 2;
            }
        }
        4 => {
            for pair in syllables.chunks_mut(2) {
                if pair.iter().all(|syllable| syllable.tone == 3) {
                    pair[0].tone = 2;
                }
            }
        }
        2 | 3 => {
            for at in 1..syllables.len() {
                if syllables[at - 1].tone == 3 && syllables[at].tone == 3 {
                    syllables[at - 1].tone = 2;
                }
            }
        }
        _ => {}
    }
}

/// Joins a final 儿 to the syllable before it, except in words for a child or an animal.
fn erhua(word: &mut Word) {
    const CHILD: &str = "女男少幼孤婴妻侄孙患健宠虫马鸟猫狗花";
    let mut characters = word.text.chars().rev();
    let (last, before) = (characters.next(), characters.next());
    let child = before.is_none_or(|before| CHILD.contains(before));
    if last != Some('儿') || child || ["a", "j", "nr"].contains(&word.tag.as_str()) {
        return;
    }
    if word.syllables.last().is_some_and(|er| er.is_er()) {
        word.syllables.pop();
        if let Some(syllable) = word.syllables.last_mut() {
            syllable.erhua = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::readings;
    use super::*;

    fn spoken(words: &[(&str, &str)]) -> String {
        let word = |(text, tag): &(&str, &str)| Word {
            text: (*text).to_owned(),
            tag: (*tag).to_owned(),
            syllables: readings::read(text).into_iter().flatten().collect(),
            head: 0,
        };
        let words = apply(words.iter().map(word).collect());
        let shown =
            words.iter().map(|word| word.syllables.iter().map(|syllable| syllable.zhuyin()).collect::<String>());
        shown.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn adjacent_tones_change() {
        for (words, expected) in [
            (&[("老板", "n")][..], "ㄌㄠ2ㄅㄢ3"),
            (&[("你", "r"), ("好", "a")], "ㄋㄧ2ㄏㄠ3"),
            (&[("展览馆", "n")], "ㄓㄢ2ㄌㄢ2ㄍ万3"),
            (&[("纸", "n"), ("老虎", "n")], "ㄓ十3ㄌㄠ2ㄏㄨ3"),
            (&[("老板", "n"), ("给", "p")], "ㄌㄠ2ㄅㄢ2ㄍㄟ3"),
            (&[("也", "d"), ("很", "d"), ("好", "a")], "ㄝ3ㄏㄣ2ㄏㄠ3"),
            (&[("说得对", "v")], "ㄕ我1ㄉㄜ5ㄉ为4"),
            (&[("不", "d"), ("去", "v")], "ㄅㄨ2ㄑㄩ4"),
            (&[("不", "d"), ("好", "a")], "ㄅㄨ4ㄏㄠ3"),
            (&[("看不懂", "v")], "ㄎㄢ4ㄅㄨ5ㄉ中3"),
            (&[("一", "m"), ("天", "q")], "ㄧ4ㄊ言1"),
            (&[("一", "m"), ("样", "q")], "ㄧ2阳4"),
            (&[("第一", "m")], "ㄉㄧ4ㄧ1"),
            (&[("听", "v"), ("一", "m"), ("听", "v")], "ㄊ应1ㄧ5ㄊ应1"),
            (&[("我们", "r")], "我3ㄇㄣ5"),
            (&[("走", "v"), ("了", "ul")], "ㄗㄡ3/ㄌㄜ5"),
            (&[("一点", "m"), ("儿", "n")], "ㄧ4ㄉ言R3"),
            (&[("女儿", "n")], "ㄋㄩ3ㄦ2"),
            (&[("喜欢", "v")], "ㄒㄧ3ㄏ万5"),
        ] {
            assert_eq!(spoken(words), expected, "{words:?}");
        }
    }
}

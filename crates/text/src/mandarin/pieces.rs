//! Divides a line into pieces: Chinese (including numbers and signs, rewritten in Chinese characters), Latin words,
//! punctuation.

use super::codes::{self, Part};
use super::quantities::quantity;
use crate::links::inline_phonemes;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Chinese characters to read, and the text that they stand for.
    Chinese { written: &'a str, spoken: String },
    /// Latin words, read as English.
    Latin(&'a str),
    /// A word whose phonemes are in the text.
    Phonemes { word: &'a str, phonemes: &'a str },
    /// Punctuation, and the symbol of the vocabulary for it.
    Punctuation { written: &'a str, mark: &'static str },
    /// White space.
    Space,
    /// A character without a pronunciation.
    Skipped(char),
}

/// Words of capitals that are said letter by letter, and would be English words.
const SPELLED: [&str; 2] = ["IT", "IS"];

/// The pieces of a line. Joined they are the line.
pub fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(symbol) = rest.chars().next() {
        let (piece, length) = piece(rest, symbol, &line[..line.len() - rest.len()]);
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

fn piece<'a>(rest: &'a str, symbol: char, before: &str) -> (Piece<'a>, usize) {
    if let Some((word, phonemes, length)) = inline_phonemes(rest) {
        return (Piece::Phonemes { word, phonemes }, length);
    }
    if is_han(symbol) {
        let length = rest.find(|c| !is_han(c)).unwrap_or(rest.len());
        return (Piece::Chinese { written: &rest[..length], spoken: rest[..length].to_owned() }, length);
    }
    if let Some((spoken, length)) = quantity(rest, before) {
        return (Piece::Chinese { written: &rest[..length], spoken }, length);
    }
    match codes::part(rest, before) {
        Some(Part::Letters(length)) => return (Piece::Latin(&rest[..length]), length),
        Some(Part::Figures(spoken, length)) => return (Piece::Chinese { written: &rest[..length], spoken }, length),
        None => {}
    }
    let length = latin(rest);
    if length > 0 {
        let length = if SPELLED.contains(&&rest[..length]) { 1 } else { length };
        return (Piece::Latin(&rest[..length]), length);
    }
    let length = symbol.len_utf8();
    let written = &rest[..length];
    let piece = match (punctuation(symbol), sign(symbol)) {
        _ if symbol.is_whitespace() || symbol.is_control() => Piece::Space,
        (Some(mark), _) => Piece::Punctuation { written, mark },
        (None, Some(spoken)) => Piece::Chinese { written, spoken: spoken.to_owned() },
        (None, None) => Piece::Skipped(symbol),
    };
    (piece, length)
}

/// Whether a character is Chinese.
pub fn is_han(symbol: char) -> bool {
    matches!(symbol, '〇' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The punctuation of the vocabulary; full-width punctuation includes its space.
fn punctuation(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        ',' => ",",
        '，' | '、' | '､' => ", ",
        '.' => ".",
        '。' | '．' | '｡' => ". ",
        '!' => "!",
        '！' => "! ",
        '?' => "?",
        '？' => "? ",
        ';' => ";",
        '；' => "; ",
        ':' => ":",
        '：' => ": ",
        '…' => "…",
        '—' | '―' => "—",
        '"' => "\"",
        '(' => "(",
        ')' => ")",
        '“' => "“",
        '”' => "”",
        '（' | '〔' => " (",
        '）' | '〕' => ") ",
        '«' | '《' | '〈' | '「' | '『' | '【' => " “",
        '»' | '》' | '〉' | '」' | '』' | '】' => "” ",
        _ => return None,
    })
}

/// The Chinese name of a sign; empty for a sign that is not spoken.
fn sign(symbol: char) -> Option<&'static str> {
    Some(match symbol {
        '+' | '＋' => "加",
        '=' | '＝' => "等于",
        '×' => "乘以",
        '÷' => "除以",
        '<' | '＜' => "小于",
        '>' | '＞' => "大于",
        '≤' => "小于等于",
        '≥' => "大于等于",
        '≠' => "不等于",
        '≈' => "约等于",
        '±' => "正负",
        '√' => "根号",
        '∞' => "无穷大",
        '%' | '％' => "百分号",
        '&' | '＆' => "和",
        '@' | '＠' => "艾特",
        '°' => "度",
        '²' => "平方",
        '³' => "立方",
        '→' => "到",
        '/'
        | '-'
        | '－'
        | '–'
        | '~'
        | '～'
        | '·'
        | '•'
        | '\''
        | '‘'
        | '’'
        | '`'
        | '*'
        | '_'
        | '#'
        | '^'
        | '|'
        | '['
        | ']'
        | '{'
        | '}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2060}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ad}' => "",
        _ => return None,
    })
}

/// The length in bytes of the Latin words at the start of `text`: names, addresses, "GPT-4", "New York".
fn latin(text: &str) -> usize {
    let letter = |c: char| c.is_alphabetic() && c < '\u{250}' || ('\u{1e00}'..'\u{1f00}').contains(&c);
    // "3D" is a word, "3" is a number.
    let head = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if !text[head..].starts_with(letter) {
        return 0;
    }
    let (mut end, mut gap) = (0, false);
    for (at, symbol) in text.char_indices() {
        if letter(symbol) || symbol.is_ascii_digit() && !gap || "\u{301}\u{300}\u{308}\u{303}".contains(symbol) {
            (end, gap) = (at + symbol.len_utf8(), false);
        } else if symbol == ' ' {
            gap = true;
        } else if !"'’-.&+#@/:_%~?=".contains(symbol) || gap {
            break;
        }
    }
    // "C++", "C#"
    end + ["++", "#"].iter().find(|sign| text[end..].starts_with(**sign)).map_or(0, |sign| sign.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(line: &str) -> String {
        let show = |piece: Piece<'_>| match piece {
            Piece::Chinese { spoken, .. } => spoken,
            Piece::Latin(word) => format!("<{word}>"),
            Piece::Phonemes { word, phonemes } => format!("<{word}={phonemes}>"),
            Piece::Punctuation { mark, .. } => mark.to_owned(),
            Piece::Space => " ".to_owned(),
            Piece::Skipped(symbol) => format!("?{symbol}"),
        };
        pieces(line).into_iter().map(show).collect()
    }

    #[test]
    fn quantities_become_chinese_characters() {
        for (written, expected) in [
            ("2024年6月30日", "二零二四年六月三十日"),
            ("24年6月", "二四年六月"),
            ("10年", "十年"),
            ("5000年历史，3000年，1500年前，约4500年", "五千年历史, 三千年, 一五零零年前, 约四千五百年"),
            ("近2000年历史，长达1200年，1000年", "近二千年历史, 长达一二零零年, 一零零零年"),
            (
                "2008年以来，1949年前，2000年，1840年前后，公元1000年，1500年",
                "二零零八年以来, 一九四九年前, 二零零零年, 一八四零年前后, 公元一零零零年, 一五零零年",
            ),
            (
                "2000年以来，1900年前，1500年前后，约1949年，1000年3月，从1400年来",
                "二零零零年以来, 一九零零年前, 一五零零年前后, 约一九四九年, 一零零零年三月, 从一四零零年来",
            ),
            (
                "1500年来到这里，1400年多次，约1900年出生，有1900年的报纸，拥有2000年的，1200年之久",
                "一五零零年来到这里, 一四零零年多次, 约一九零零年出生, 有一九零零年的报纸, 拥有二零零零年的, 一千二百年之久",
            ),
            ("2024-06-30", "二零二四年六月三十日"),
            ("2024/6/1到期", "二零二四年六月一日到期"),
            ("8:30开会", "八点三十分开会"),
            ("2:05", "两点零五分"),
            ("14：00", "十四点"),
            ("12:30:15", "十二点三十分十五秒"),
            ("3:2获胜", "三比二获胜"),
            ("25%", "百分之二十五"),
            ("-3.5%", "负百分之三点五"),
            ("10%~20%", "百分之十到百分之二十"),
            ("1/3的人", "三分之一的人"),
            ("-5℃", "零下五摄氏度"),
            ("25 °C", "二十五摄氏度"),
            ("气温-5℃", "气温零下五摄氏度"),
            ("利率-0.5%", "利率负百分之零点五"),
            ("3天-5天", "三天到五天"),
            ("下午2点，2小时，2分钟，2公里，2人", "下午两点, 两小时, 两分钟, 两公里, 两人"),
            ("2元和2美元，2年，2秒，2-3个", "两元和两美元, 两年, 两秒, 两到三个"),
            ("2月2日，12点，20人，2号楼，2年级，10的2次方", "二月二日, 十二点, 二十人, 二号楼, 二年级, 十的二次方"),
            ("第2人，0.2元，2比1，2分之1，2-3", "第二人, 零点二元, 二比一, 二分之一, 二到三"),
            ("利润-5亿，余额-50元，增速-3.2", "利润负五亿, 余额负五十元, 增速负三点二"),
            ("方案-2，编号-50元，A-5个", "方案二, 编号五十元, <A-5>个"),
            ("3月-5月，第3章-5节", "三月到五月, 第三章到五节"),
            (
                "2019-2021年，2019–2021，2019年-2021年",
                "二零一九到二零二一年, 二零一九到二零二一, 二零一九年到二零二一年",
            ),
            ("第 2 个，2 个", "第 二 个, 两 个"),
            ("1000-1500人", "一千到一千五百人"),
            ("9:00-18:00，8:30~9:15，3:2-1:0", "九点到十八点, 八点三十分到九点十五分, 三比二一比零"),
            ("16GB内存，5000mAh，30min，2 TB", "十六<GB>内存, 五千毫安时, 三十分钟, 两 <TB>"),
            ("1000W，220V，5G，3D，4K", "一千瓦, 二百二十伏, <5G>, <3D>, <4K>"),
            ("24/7服务，7/24", "二十四七服务, 二十四分之七"),
            ("看[文档]吧，[注](", "看文档吧, 注("),
            ("￥99.50", "九十九点五元"),
            ("¥1,234", "一千二百三十四元"),
            ("$3.5亿", "三点五亿美元"),
            ("￥5元", "五元"),
            ("3-5天", "三到五天"),
            ("13812345678", "幺三八幺二三四五六七八"),
            ("010-12345678", "零幺零幺二三四五六七八"),
            ("400-800-1234", "四零零八零零幺二三四"),
            ("+86-13812345678", "加八六幺三八幺二三四五六七八"),
            ("1,234,567人", "一百二十三万四千五百六十七人"),
            ("100km", "一百公里"),
            ("2kg", "两千克"),
            ("120km/h", "一百二十公里每小时"),
            ("2个", "两个"),
            ("第2个", "第二个"),
            ("12个", "十二个"),
            ("3+2=5", "三加二等于五"),
            ("v1.2.3", "<v1.2.3>"),
            ("1.2.3版", "一点二点三版"),
            ("5G手机，G102次列车，T3航站楼，4S店", "五<G>手机, <G>幺零二次列车, <T>三航站楼, 四<S>店"),
            ("PM2.5指数，3D打印，国产C919，进入TOP10。", "<P><M>二点五指数, 三<D>打印, 国产<C>九一九, 进入<TOP>十. "),
            (
                "128G内存，100M宽带，1080P视频，TOP100榜，K101路",
                "一百二十八<G>内存, 一百<M>宽带, 一零八零<P>视频, <TOP>一百榜, <K>一零一路",
            ),
            (
                "KTV200元，VIP120人，ATM500台，PPT100页，CT2次",
                "<KTV>二百元, <VIP>一百二十人, <ATM>五百台, <PPT>一百页, <C><T>两次",
            ),
            (
                "CO2排放，CO2升高，NO1选手，IT行业，在IS中",
                "<C><O>二排放, <C><O>二升高, <N><O>一选手, <I><T>行业, 在<I><S>中",
            ),
            ("升到80后，降到60后，再等10后，充到80后面", "升到八十后, 降到六十后, 再等十后, 充到八十后面"),
            (
                "支持128路视频，256路服务器，共有328房间，全部350室，120路灯，乘128路，128路公交",
                "支持一百二十八路视频, 二百五十六路服务器, 共有三百二十八房间, 全部三百五十室, 一百二十路灯, 乘幺二八路, 幺二八路公交",
            ),
            ("拨500余人，拨打12348咨询，3点10后", "拨五百余人, 拨打幺二三四八咨询, 三点十后"),
            ("MU5101航班，G20峰会，用MP3听，A4纸", "<M><U>五幺零幺航班, <G>二十峰会, 用<M><P>三听, <A>四纸"),
            (
                "用GPT-4写，iPhone15，B2B公司，H1N1病毒，COVID19，see 5G now，v2.0版",
                "用<GPT-4>写, <iPhone15>, <B2B>公司, <H1N1>病毒, <COVID19>, <see> <5G now>, <v2.0>版",
            ),
            ("住502室，坐302路，110报警，拨打120。", "住五零二室, 坐三零二路, 幺幺零报警, 拨打幺二零. "),
            ("邮编100080，邮编：100081，985高校，90后", "邮编幺零零零八零, 邮编: 幺零零零八幺, 九八五高校, 九零后"),
            (
                "110人，1路，3室，100080元，985人，90后面，打110分，拨120元",
                "一百一十人, 一路, 三室, 十万零八十元, 九百八十五人, 九十后面, 打一百一十分, 拨一百二十元",
            ),
            ("12306网站，打110。12306人", "幺二三零六网站, 打幺幺零. 一万二千三百零六人"),
            ("2例，2项，2起，2枚，2处，2轮，2勺，2成", "两例, 两项, 两起, 两枚, 两处, 两轮, 两勺, 两成"),
            (
                "方案2成本，公式2成立，图2处于，规则2例外，2成果，2成的",
                "方案二成本, 公式二成立, 图二处于, 规则二例外, 二成果, 两成的",
            ),
            ("2分30秒，2分之1，方案2项目，2成功，2分", "两分三十秒, 二分之一, 方案二项目, 二成功, 二分"),
            ("以2-1战胜，3-0大胜，比分是2-1，3-5天", "以二比一战胜, 三比零大胜, 比分是二比一, 三到五天"),
            ("2023-24赛季，5-10%，5%-10%", "二零二三到二四赛季, 百分之五到十, 百分之五到百分之十"),
            ("气温-5~3℃，-10~-5℃，-5℃", "气温零下五到三摄氏度, 零下十到零下五摄氏度, 零下五摄氏度"),
            ("007", "零零七"),
            ("100€和5$，￥5", "一百欧元和五美元, 五元"),
            ("⅓，1½，½杯", "三分之一, 一又二分之一, 二分之一杯"),
            ("10^6，10^-3", "十的六次方, 十的负三次方"),
            ("138 1234 5678，0755-8888-9999", "幺三八幺二三四五六七八, 零七五五八八八八九九九九"),
            ("138 人，100 200 300", "一百三十八 人, 一百 二百 三百"),
            ("10086@qq.com", "幺零零八六艾特<qq.com>"),
            ("任务3：2024年，3：2", "任务三: 二零二四年, 三比二"),
            ("2024-2025学年", "二零二四到二零二五学年"),
            ("2024-06-01~2024-06-30", "二零二四年六月一日到二零二四年六月三十日"),
            ("2026-11-25T14:30:00Z", "二零二六年十一月二十五日十四点三十分零秒"),
            ("3:30 PM，9:00am，3:30 pmx", "下午三点三十分, 上午九点, 三点三十分 <pmx>"),
            ("5 PM开始，9:30 am开始，13 PM", "下午五点开始, 上午九点三十分开始, 十三 <PM>"),
            ("10 000人，1 234 000，5 000.5", "一万人, 一百二十三万四千, 五千点五"),
            ("结果是-7，方案-2，从5到-3", "结果是负七, 方案二, 从五到负三"),
            ("50 USD，USD 50，2€，50 USDX", "五十美元, 五十美元, 两欧元, 五十 <USDX>"),
            (
                "3/5/2024，25/12/2024，3/5，13/13/2024",
                "二零二四年三月五日, 二零二四年十二月二十五日, 五分之三, 十三分之十三二千零二十四",
            ),
            ("2h15min，2h，2h15x", "两小时十五分钟, 两小时, <2h15x>"),
            ("60 mph，10 lb，6 ft，9 km2，5 m2x", "六十英里每小时, 十磅, 六英尺, 九平方公里, 五 <m2x>"),
            ("5 - 10公里，7 - 4 = 3，7-4=3，3 - 1", "五到十公里, 七 减 四 等于 三, 七减四等于三, 三  一"),
            ("10⁶个，10⁻³，⅞，2019¹", "十的六次方个, 十的负三次方, 八分之七, 二千零一十九?¹"),
            (
                "(010) 6552-1234，（0755）88889999，(010)，(3) 4",
                "零幺零六五五二幺二三四, 零七五五八八八八九九九九, (零一零), (三) 四",
            ),
            ("10x15厘米，10X15cm，1x1x1，10x", "十乘十五厘米, 十乘十五厘米, <1x1x1>, <10x>"),
            ("¥100-2人餐，¥5-10元，¥5-10/天", "一百元两人餐, 五到十元, 五到十元天"),
            ("7−4＝3，12:30 am，2023/24赛季", "七减四等于三, 凌晨十二点三十分, 二零二三到二四赛季"),
            ("阿森纳 1 - 3 切尔西，9:00 - 18:00", "阿森纳 一  三 切尔西, 九点到十八点"),
            ("10 000-15 000人，0x10", "一万到一万五千人, <0x10>"),
            ("¥5-10，¥5-¥10，$5万-6，¥5-10-1", "五到十元, 五到十元, 五万到六美元, 五元十到一"),
            ("+86 138 1234 5678，+86 5", "加八六幺三八幺二三四五六七八, 加八十六 五"),
            (
                "+1 212 555 0123，400 123 4567，021-5555 1234",
                "加幺二幺二五五五零幺二三, 四零零幺二三四五六七, 零二幺五五五五幺二三四",
            ),
            (
                "200 300 4000，2024/5，2024/50，24/5",
                "二百 三百 四千, 二零二四年五月, 五十分之二千零二十四, 五分之二十四",
            ),
        ] {
            assert_eq!(spoken(written), expected, "{written}");
        }
    }

    #[test]
    fn other_text_is_told_apart() {
        for (written, expected) in [
            ("我用iPhone 15打给Tom。", "我用<iPhone> 十五打给<Tom>. "),
            ("去New York吧", "去<New York>吧"),
            ("a.b@example.com，", "<a.b@example.com>, "),
            ("C++和C#", "<C++>和<C#>"),
            ("《红楼梦》（上）", " “红楼梦”  (上) "),
            ("[重](/ꭧʰʊ↗ŋ/)庆", "<重=ꭧʰʊ↗ŋ>庆"),
            ("https://a.com/b", "<https://a.com/b>"),
            ("かな😀", "?か?な?😀"),
            ("二〇二四", "二〇二四"),
            ("他说：‘好’……", "他说: 好……"),
        ] {
            assert_eq!(spoken(written), expected, "{written}");
        }
    }
}

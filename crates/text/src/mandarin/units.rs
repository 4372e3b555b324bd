//! Currencies, units and measure words, and the numbers before them.

use super::numerals::number;
use super::pieces::is_han;

/// Currencies: their signs and codes, and their names.
const CURRENCIES: [(&str, &str); 10] = [
    ("HK$ HKD", "港元"),
    ("US$ $ USD", "美元"),
    ("￥ ¥ CNY RMB", "元"),
    ("€ EUR", "欧元"),
    ("£ GBP", "英镑"),
    ("₩ KRW", "韩元"),
    ("₹ INR", "卢比"),
    ("₽ RUB", "卢布"),
    ("JPY", "日元"),
    ("CHF", "瑞士法郎"),
];

/// The sign or code of a currency at the start of `text`: its length in bytes, and the name of the currency.
pub fn currency(text: &str) -> Option<(usize, &'static str)> {
    let found = |(signs, name): (&'static str, &'static str)| {
        Some((signs.split(' ').find(|sign| text.starts_with(sign))?.len(), name))
    };
    CURRENCIES.into_iter().find_map(found)
}

/// The words of a number before what it counts, where two is 两.
pub fn count(value: &str) -> String {
    if value == "2" { "两".to_owned() } else { number(value) }
}

/// Whether 2 before this text is 两.
pub fn is_counted(text: &str) -> bool {
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    // "2分30秒"
    let minutes = || {
        let seconds = text.strip_prefix('分').unwrap_or_default();
        seconds.starts_with(|c: char| c.is_ascii_digit())
            && seconds.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('秒')
    };
    // "2成", but "方案2成本"
    let tenths = || {
        text.strip_prefix('成').is_some_and(|rest| !rest.starts_with(is_han) || rest.starts_with(['的', '左', '以']))
    };
    (tenths() || text.starts_with(|c| MEASURES.contains(c)) || starts(&LONG_MEASURES) || minutes())
        && !starts(&ORDINALS)
}

/// Measure words before which 2 is 两.
const MEASURES: &str = "个只条张本次位件块杯瓶辆台家所种名倍岁天周年千万亿米斤克吨升部把架艘棵朵匹头对双套份封首座栋间排群支根颗粒滴片篇句场户碗盘箱袋包盒桶罐届人点秒元度口页集步笔例项起枚处轮勺";
/// Measure words of several characters, whose first is not one.
const LONG_MEASURES: [&str; 13] =
    ["小时", "分钟", "刻钟", "公里", "公斤", "平方", "厘米", "毫米", "毫升", "英里", "美元", "欧元", "英镑"];
/// Words that begin as a measure word, before which 2 is 二.
const ORDINALS: [&str; 15] = [
    "年级", "年代", "次方", "个位", "项目", "起来", "起点", "处理", "处于", "处在", "处罚", "例外", "例如", "例子",
    "轮廓",
];
/// Units that are read letter by letter.
pub const LATIN_UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];

/// A unit at the start of `text`: its length in bytes and its name.
pub fn unit(text: &str) -> Option<(usize, &'static str)> {
    const UNITS: [(&str, &str); 43] = [
        ("km/h", "公里每小时"),
        ("km²", "平方公里"),
        ("m/s", "米每秒"),
        ("m²", "平方米"),
        ("m³", "立方米"),
        ("km2", "平方公里"),
        ("m2", "平方米"),
        ("m3", "立方米"),
        ("mph", "英里每小时"),
        ("mi", "英里"),
        ("lbs", "磅"),
        ("lb", "磅"),
        ("ft", "英尺"),
        ("km", "公里"),
        ("cm", "厘米"),
        ("mm", "毫米"),
        ("kg", "千克"),
        ("mg", "毫克"),
        ("ml", "毫升"),
        ("mL", "毫升"),
        ("kW", "千瓦"),
        ("Hz", "赫兹"),
        ("kHz", "千赫"),
        ("MHz", "兆赫"),
        ("GHz", "吉赫"),
        ("℃", "摄氏度"),
        ("°C", "摄氏度"),
        ("℉", "华氏度"),
        ("°F", "华氏度"),
        ("㎡", "平方米"),
        ("mAh", "毫安时"),
        ("kWh", "千瓦时"),
        ("min", "分钟"),
        ("dB", "分贝"),
        ("nm", "纳米"),
        ("ha", "公顷"),
        ("W", "瓦"),
        ("V", "伏"),
        ("m", "米"),
        ("g", "克"),
        ("L", "升"),
        ("h", "小时"),
        ("s", "秒"),
    ];
    let spaces = text.len() - text.trim_start_matches(' ').len();
    let rest = &text[spaces..];
    let ends = |unit: &str| !rest[unit.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let found = UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit) && ends(unit));
    found.map(|(unit, name)| (spaces + unit.len(), name))
}

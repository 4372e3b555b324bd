//! The names of the months.

use crate::language::Language;

/// The name of a month, counted from 1. Languages without a table use the English names.
pub fn month(number: u32, language: Language) -> Option<&'static str> {
    let names = match language {
        Language::Spanish => SPANISH,
        Language::French => FRENCH,
        Language::Hindi => HINDI,
        Language::Italian => ITALIAN,
        Language::Portuguese => PORTUGUESE,
        _ => ENGLISH,
    };
    names.get(number.checked_sub(1)? as usize).copied()
}

#[rustfmt::skip]
const ENGLISH: [&str; 12] = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
];
#[rustfmt::skip]
const SPANISH: [&str; 12] = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
];
#[rustfmt::skip]
const FRENCH: [&str; 12] = [
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
];
#[rustfmt::skip]
const HINDI: [&str; 12] = [
    "जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून",
    "जुलाई", "अगस्त", "सितंबर", "अक्तूबर", "नवंबर", "दिसंबर",
];
#[rustfmt::skip]
const ITALIAN: [&str; 12] = [
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
    "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
];
#[rustfmt::skip]
const PORTUGUESE: [&str; 12] = [
    "janeiro", "fevereiro", "março", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
];

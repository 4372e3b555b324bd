//! Heteronyms: words whose reading depends on their meaning, where misaki's part of speech does not decide or is often
//! wrong.
//!
//! Each rule names a word, a reading, and the surroundings in which it is read so. The first rule that holds wins; without
//! one misaki's reading stays. Found on the training part of Wikipedia's homograph data (Gorman and others, 2018).

use misaki_rs::MToken;

use super::accent::Accent;

/// Words to both sides, of the same clause, in which [`Rule::near`] is searched.
const WINDOW: usize = 10;

/// A reading of a word and its surroundings. Words are in lower case; `|` separates alternatives of several words.
struct Rule {
    word: &'static str,
    american: &'static str,
    british: &'static str,
    /// The parts of speech (misaki's tags) for which the rule holds, `*` for any.
    tags: &'static str,
    /// Phrases directly before the word.
    before: &'static str,
    /// Phrases directly after the word.
    after: &'static str,
    /// Words within [`WINDOW`].
    near: &'static str,
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    // lead
    Rule { word: "lead", american: "lˈid", british: "lˈiːd", tags: "*", before: "to|will|must|can|could|would|should|may|might|they|we|you|who|'ll",
        after: "singer|role|actor|actress|guitar|guitarist|vocals|vocalist|author|to|time|times|over|single", near: "" },
    Rule { word: "lead", american: "lˈɛd", british: "lˈɛd", tags: "*", before: "free of|covered in|compounds of|red|white|molten|tetraethyl|of red|made of|cast|containing|as heavy as",
        after: "pipe|pipes|paint|paints|poisoning|pellet|pellets|mine|mines|mining|ore|ores|shot|acetate|oxide|azide|crystal|pencil|pencils|sheet|sheets|bullets|weights|dust|acid|glass|is a neurotoxin|is a chemical|is soft|balloon|bullet|weight|levels|contamination|smelter|smelting|battery|batteries|solder",
        near: "zinc|copper|tin|ore|ores|alloy|alloys|toxic|poisoning|pipe|pipes|metal|metals|isotopes|smelting|tonnes|silver|bismuth|antimony|mercury|galena|plumbing|roof|bullets|soil|atomic|solder|paint|petrol|gasoline|arsenic|cadmium|melted" },
    // read: the base form and the participle
    Rule { word: "read", american: "ɹˈɛd", british: "ɹˈɛd", tags: "*",
        before: "had not|have not|has not|hadn't|haven't|hasn't|he also|she also", after: "", near: "" },
    Rule { word: "read", american: "ɹˈid", british: "ɹˈiːd", tags: "*",
        before: "do is|does is|to|did n't|didn't|don't|doesn't|can't|cannot|won't|will|would|should|could|can|must|may|might|shall|let me|let us|let's|please|help me|to both|not|never to|did you|do you|did he|did she|did they|do they|to quickly|a good",
        after: "only|access|speed|head", near: "" },
    Rule { word: "read", american: "ɹˈɛd", british: "ɹˈɛd", tags: "*",
        before: "have|has|had|having|'ve|was|were|been|being|be|is|are|widely|well|well -|got|'s been|'d|had never|have never|has never|have you|have you ever|i have already|has he|had already|have already|has already|just|have just|already|he|she|it|who had", after: "", near: "" },
    Rule { word: "read", american: "ɹˈɛd", british: "ɹˈɛd", tags: "VB VBP VBD NN", before: "", after: "", near: "yesterday|ago" },
    // tear
    Rule { word: "tear", american: "tˈɪɹ", british: "tˈɪə", tags: "*", before: "shed a|a single|shed|wiped a|wiped away a|a solitary|one|teardrop",
        after: "gas|duct|ducts|film|gland|glands|drop|drops|fluid|rolled|ran down|slid|fell|stained|production", near: "lacrimal|ocular|cornea|corneal|face|sad|emotional|grief|riot|protesters|sorrow|smile|eye|eyes|cry|cried|crying|weep|wept|sob|cheek|cheeks|eyelid|shed|sadness" },
    Rule { word: "tear", american: "tˈɛɹ", british: "tˈɛː", tags: "*", before: "", after: "", near: "" },
    // bass: the fish, else the music
    Rule { word: "bass", american: "bˈæs", british: "bˈas", tags: "*", before: "sea|largemouth|smallmouth|striped|spotted|black sea|bigmouth|white|rock|caught a|a largemouth|hybrid striped|lake",
        after: "fishing|fisherman|boat|boats|tournament|lake|pro shops|river|angler|fry", near: "fish|fishing|catfish|trout|carp|pike|salmon|bluegill|sunfish|crappie|perch|walleye|lake|angler|anglers|cod|stocked|caught|species|pond|musky|largemouth|smallmouth|grilled" },
    Rule { word: "bass", american: "bˈAs", british: "bˈAs", tags: "*", before: "", after: "", near: "" },
    // bow: of a ship, of the body
    Rule { word: "bow", american: "bˈW", british: "bˈW", tags: "*", before: "bulbous|in her|in its|cross her|across her|under the|beyond the|a deep|a slight|kneeling|ship's|the ship 's|take a|took a|takes a|starboard|port|ship 's|clipper|an impressive|a low|a polite",
        after: "down|out|out of|section|wave|waves|thruster|thrusters|first|wow|doors|and stern|gun|guns|and scrape|torpedo|his head|her head|their heads",
        near: "ship|ships|stern|vessel|vessels|hull|boat|deck|crew|torpedo|starboard|aft|sank|sink|sinking|keel|mast|sail|sails|anchor|ship's|genoa|audience|curtain|submarine|trimmed|moored|aground|gun|guns|cannon|barbette|ram|carronades|pounder|pounders|thruster|thrusters|waterline|barge|gondola|steamer|frigate|cruiser|yacht|ferry|canoe|kayak" },
    // minute: tiny
    Rule { word: "minute", american: "mInˈut", british: "mInjˈuːt", tags: "*", before: "very|extremely|species of|genus of|family of|containing|contains",
        after: "sea|detail|details|amount|amounts|particles|quantities|quantity|traces|teeth|fraction|organisms|secretory|differences|size|fragments|hairs|spines|holes|scales|land|changes|white|black|dots|creatures|crystals", near: "" },
    // refuse: rubbish
    Rule { word: "refuse", american: "ɹˈɛfjˌus", british: "ɹˈɛfjuːs", tags: "*", before: "household|collect the|human",
        after: "disposal|collection|collector|collectors|management|tip|tips|dump|dumps|bin|bins|heap|heaps|truck|trucks|sacks|container|containers|lorry", near: "" },
    // upset: the noun
    Rule { word: "upset", american: "ˈʌpsˌɛt", british: "ˈʌpsˌɛt", tags: "NN NNP", before: "", after: "", near: "" },
    Rule { word: "upset", american: "ˈʌpsˌɛt", british: "ˈʌpsˌɛt", tags: "*", before: "surprise|stomach|major|huge|biggest|stunning|shock", after: "victory|win", near: "" },
    // resume: what comes with an application
    Rule { word: "resume", american: "ɹˈɛzəmˌA", british: "ɹˈɛzjʊmˌA", tags: "NN NNP JJ", before: "", after: "", near: "" },
    Rule { word: "resume", american: "ɹˈɛzəmˌA", british: "ɹˈɛzjʊmˌA", tags: "*", before: "my|your|his|her|their|a|an impressive|the candidate's|substantial|extensive|impressive", after: "", near: "" },
    // dove: the past of dive
    Rule { word: "dove", american: "dˈOv", british: "dˈQv", tags: "*", before: "he|she|they|it|we|i|who|quickly|then|immediately",
        after: "into|headfirst|deep|deeper|and caught|for cover|straight into", near: "" },
    // sow: the animal
    Rule { word: "sow", american: "sˈW", british: "sˈW", tags: "*", before: "", after: "and her|bug|bugs|mouth|had|gave|was|nursed", near: "pig|pigs|piglets|boar|boars|piglet|litter|farrowing|pork" },
    Rule { word: "sow", american: "sˈO", british: "sˈQ", tags: "*", before: "to|you|they|we|will", after: "the seeds|seeds|seed|thistle|thistles|discord|confusion|chaos|wheat|fear|doubt|division", near: "reap|seeds|seed|crops|fields|thistle|thistles|corn|harvest" },
    // wind: to turn
    Rule { word: "wind", american: "wˈInd", british: "wˈInd", tags: "*", before: "", after: "up|down|its way|their way|his way|the clock|the rope|the watch|the string", near: "" },
    // wound: the past of wind
    Rule { word: "wound", american: "wˈWnd", british: "wˈWnd", tags: "*", before: "loosely|tightly|custom|thread|spirally|wire|coil|coils",
        after: "up|around|round|its way|their way|single|coil|coils|his way|her way|the clock|arms", near: "" },
    // row: a quarrel
    Rule { word: "row", american: "ɹˈW", british: "ɹˈW", tags: "*", before: "blazing|angry|diplomatic|political|furious|heated|bitter", after: "erupted|broke out", near: "quarrel|argument|shouting" },
    // invalid: a sick person
    Rule { word: "invalid", american: "ˈɪnvəlɪd", british: "ˈɪnvəliːd", tags: "*", before: "chronic|bedridden|permanent|virtual|semi|elderly|helpless", after: "carriage|child|mother|wife|father|sister|husband|chair|daughter|son|brother|for the rest", near: "" },
    // excuse: to pardon
    Rule { word: "excuse", american: "ɪkskjˈuz", british: "ɪkskjˈuːz", tags: "*", before: "please|to|will|you|must|can|cannot|not", after: "me|us|my|him|her|all|yourself|himself|your|them", near: "" },
    // expose: a report, without its accent
    Rule { word: "expose", american: "ˌɛkspOzˈA", british: "ɛkspˈQzA", tags: "NN", before: "", after: "", near: "" },
    // content: satisfied
    Rule { word: "content", american: "kəntˈɛnt", british: "kəntˈɛnt", tags: "JJ", before: "not|be|am|are|was|were|feel|felt|seemed|quite|perfectly|very|is|been|remained", after: "to|with|himself|herself|themselves", near: "" },
    // desert: to leave
    Rule { word: "desert", american: "dəzˈɜɹt", british: "dɪzˈɜːt", tags: "*", before: "who|will|would|they|not|never|did|could", after: "", near: "" },
    Rule { word: "desert", american: "dəzˈɜɹt", british: "dɪzˈɜːt", tags: "*", before: "", after: "him|her|them|us|me|you|the army|the ship", near: "" },
    // live: not recorded
    Rule { word: "live", american: "lˈIv", british: "lˈIv", tags: "*", before: "a|went|goes|go|broadcast|recorded|performed|streamed|perform|performing", after: "music|concert|concerts|album|broadcast|broadcasts|audience|performance|performances|show|shows|stream|wire|wires|action|recording|recordings|coverage|ammunition|bait|animals|birth|births|version|band|tv|television|dvd", near: "" },
    // close: near
    Rule { word: "close", american: "klˈOs", british: "klˈQs", tags: "JJ RB", before: "too|very|so|how|as|quite|pretty|stay|get|came|come|stood|sat", after: "to|by|enough|friend|friends|behind|together|call|range|relationship|ties|relative|relatives|proximity", near: "" },
    // object, produce
    Rule { word: "object", american: "əbʤˈɛkt", british: "əbʤˈɛkt", tags: "*", before: "i|we|they|you|to|would|will|strongly|may|must", after: "", near: "" },
    Rule { word: "produce", american: "pɹˈOdˌus", british: "pɹˈɒdjuːs", tags: "*", before: "fresh|local|organic|of|agricultural|farm|the", after: "aisle|market|section|stand|department|and meat", near: "" },
    Rule { word: "refuse", american: "ɹəfjˈuz", british: "ɹɪfjˈuːz", tags: "VB VBP", before: "", after: "", near: "" },
];

/// The reading that the surroundings of a token give it; `None` to keep misaki's.
pub fn reading(tokens: &[MToken], at: usize, accent: Accent) -> Option<&'static str> {
    let word = tokens.get(at)?.text.to_lowercase();
    let mut rules = RULES.iter().filter(|rule| rule.word == word).peekable();
    rules.peek()?;
    let lower = |range: &[MToken]| range.iter().map(|token| token.text.to_lowercase()).collect::<Vec<_>>();
    let ends = |token: &MToken| [".", "!", "?", ";"].contains(&token.text.as_str());
    let (before, after) = (&tokens[at.saturating_sub(WINDOW)..at], &tokens[at + 1..tokens.len().min(at + 1 + WINDOW)]);
    let start = before.iter().rposition(ends).map_or(0, |end| end + 1);
    let before = lower(&before[start..]);
    let after = lower(&after[..after.iter().position(ends).unwrap_or(after.len())]);
    let tag = tokens[at].tag.as_str();
    let rule = rules.find(|rule| rule.holds(tag, &before, &after))?;
    Some(if accent == Accent::American { rule.american } else { rule.british })
}

impl Rule {
    fn holds(&self, tag: &str, before: &[String], after: &[String]) -> bool {
        let tagged = self.tags == "*" || self.tags.split(' ').any(|own| own == tag);
        let anywhere = [self.before, self.after, self.near].iter().all(|list| list.is_empty());
        let phrases = |list: &'static str| list.split('|').filter(|phrase| !phrase.is_empty());
        let ends = |phrase: &str| {
            let words = phrase.rsplit(' ');
            words.clone().count() <= before.len() && words.zip(before.iter().rev()).all(|(word, other)| word == other)
        };
        let starts = |phrase: &str| {
            let words = phrase.split(' ');
            words.clone().count() <= after.len() && words.zip(after).all(|(word, other)| word == other)
        };
        let close = |word: &str| before.iter().chain(after).any(|other| other == word);
        tagged
            && (anywhere
                || phrases(self.before).any(ends)
                || phrases(self.after).any(starts)
                || phrases(self.near).any(close))
    }
}

/// Every reading of the rules.
#[cfg(test)]
pub fn readings() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rule| [rule.american, rule.british])
}

//! Heteronyms: words whose reading depends on their meaning, where misaki's part of speech does not decide or is often
//! wrong.
//!
//! Each rule names a word, a reading, and the surroundings in which it is read so. The first rule that holds wins; without
//! one misaki's reading stays. Found on the training part of Wikipedia's homograph data (Gorman and others, 2018).

use std::collections::HashMap;
use std::sync::LazyLock;

use misaki_rs::lexicon::Lexicon;

use super::accent::Accent;
use super::misaki::{Word, entries};

/// Words to both sides, of the same clause, in which [`Rule::near`] is searched.
const WINDOW: usize = 10;

/// A reading of a word and its surroundings. Words are in lower case; `|` separates alternatives of several words.
struct Rule {
    word: &'static str,
    american: &'static str,
    british: &'static str,
    /// The parts of speech (misaki's tags) for which the rule holds, `*` for any.
    tags: &'static str,
    /// Phrases directly before the word. `^` is the start of the sentence, and `'s` and the like are ends of words.
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
        near: "" },
    Rule { word: "lead", american: "lˈid", british: "lˈiːd", tags: "*",
        before: "took the|take the|takes the|taking the|taken the|lost the|held the|holds the|hold the|had the|gained the|regained the|extended the|extend the|increased the|share the|shared the|is in the|was in the|were in the|are in the|still in the|now in the|into the|an early|a narrow|a commanding|the overall",
        after: "", near: "" },
    Rule { word: "lead", american: "lˈɛd", british: "lˈɛd", tags: "*", before: "", after: "",
        near: "zinc|copper|tin|ore|ores|alloy|alloys|toxic|poisoning|pipe|pipes|metal|metals|isotopes|smelting|tonnes|silver|bismuth|antimony|mercury|galena|plumbing|roof|roofs|bullets|soil|atomic|solder|paint|petrol|gasoline|arsenic|cadmium|melted" },
    // read: the base form and the participle
    Rule { word: "read", american: "ɹˈɛd", british: "ɹˈɛd", tags: "*",
        before: "had not|have not|has not|hadn't|haven't|hasn't|he also|she also", after: "", near: "" },
    Rule { word: "read", american: "ɹˈid", british: "ɹˈiːd", tags: "*",
        before: "do is|does is|to|didn't|don't|doesn't|can't|cannot|won't|will|would|should|could|can|must|may|might|shall|let me|let us|let's|please|^ just|^ please just|now just|then just|help me|to both|not|never to|did you|do you|did he|did she|did they|do they|to quickly|a good",
        after: "only|access|speed|head|bus|cycle|cycles|latency|operation|operations", near: "" },
    Rule { word: "read", american: "ɹˈɛd", british: "ɹˈɛd", tags: "*",
        before: "have|has|had|having|'ve|was|were|been|being|be|is|are|widely|well|well -|got|'s been|had never|have never|has never|have you|have you ever|i have already|has he|had already|have already|has already|just|have just|already|he|she|it|who had", after: "", near: "" },
    Rule { word: "read", american: "ɹˈɛd", british: "ɹˈɛd", tags: "VB VBP VBD NN", before: "", after: "", near: "yesterday|ago" },
    Rule { word: "read", american: "ɹˈid", british: "ɹˈiːd", tags: "*",
        before: "i usually|you usually|we usually|they usually", after: "", near: "" },
    // tear
    Rule { word: "tear", american: "tˈɪɹ", british: "tˈɪə", tags: "*", before: "shed a|a single|shed|wiped a|wiped away a|a solitary|one|teardrop",
        after: "gas|duct|ducts|film|gland|glands|drop|drops|fluid|rolled|ran down|slid|fell|stained|production", near: "" },
    Rule { word: "tear", american: "tˈɛɹ", british: "tˈɛː", tags: "*", before: "", after: "",
        near: "dress|jacket|shirt|coat|jeans|trousers|skirt|sleeve|fabric|cloth|sail|tent|muscle|ligament|tendon|meniscus|mended|sewn|stitched" },
    Rule { word: "tear", american: "tˈɪɹ", british: "tˈɪə", tags: "*", before: "", after: "",
        near: "lacrimal|ocular|cornea|corneal|face|sad|emotional|grief|riot|protesters|sorrow|smile|eye|eyes|cry|cried|crying|weep|wept|sob|cheek|cheeks|eyelid|shed|sadness" },
    Rule { word: "tear", american: "tˈɛɹ", british: "tˈɛː", tags: "*", before: "", after: "", near: "" },
    // bass: the fish, else the music
    Rule { word: "bass", american: "bˈæs", british: "bˈas", tags: "*", before: "largemouth|sea|smallmouth", after: "", near: "" },
    Rule { word: "bass", american: "bˈAs", british: "bˈAs", tags: "*", before: "",
        after: "player|players|guitar|guitars|guitarist|guitarists|line|lines|drum|drums|clarinet|clef|singer|voice|solo", near: "" },
    Rule { word: "bass", american: "bˈæs", british: "bˈas", tags: "*", before: "sea|largemouth|smallmouth|striped|spotted|black sea|bigmouth|white|rock|caught a|a largemouth|hybrid striped|lake",
        after: "fishing|fisherman|boat|boats|tournament|lake|pro shops|river|angler|fry", near: "fish|fishing|catfish|trout|carp|pike|salmon|bluegill|sunfish|crappie|perch|walleye|lake|angler|anglers|cod|stocked|caught|species|pond|musky|largemouth|smallmouth|grilled" },
    Rule { word: "bass", american: "bˈAs", british: "bˈAs", tags: "*", before: "", after: "", near: "" },
    // bow: the weapon and the knot, then of a ship, of the body
    Rule { word: "bow", american: "bˈO", british: "bˈQ", tags: "*", before: "drew his|drew her|drew their|draw his|draw her|archer's|raised his|lowered his",
        after: "tie|ties|and arrow|and arrows", near: "" },
    Rule { word: "bow", american: "bˈW", british: "bˈW", tags: "*", before: "bulbous|in her|in its|cross her|across her|under the|beyond the|a deep|a slight|kneeling|ship's|take a|took a|takes a|starboard|port|clipper|an impressive|a low|a polite",
        after: "down|out|out of|section|wave|waves|thruster|thrusters|first|wow|doors|and stern|gun|guns|and scrape|torpedo|his head|her head|their heads",
        near: "ship|ships|stern|vessel|vessels|hull|boat|deck|crew|torpedo|starboard|aft|sank|sink|sinking|keel|mast|sail|sails|anchor|ship's|genoa|audience|curtain|submarine|trimmed|moored|aground|gun|guns|cannon|barbette|ram|carronades|pounder|pounders|thruster|thrusters|waterline|barge|gondola|steamer|frigate|cruiser|cruisers|prow|raking|yacht|ferry|canoe|kayak" },
    // bowed: of strings, then what one does
    Rule { word: "bowed", american: "bˈOd", british: "bˈQd", tags: "*", before: "",
        after: "leg|legs|string|strings|instrument|instruments|psaltery|lyre|harp|guitar|lute|cymbal|cymbals|vibraphone|shape|violin|cello|each note|every note|the note|the notes|her violin|his violin|the violin|her cello|his cello|the cello|outward|outwards|inward|inwards",
        near: "" },
    Rule { word: "bowed", american: "bˈOd", british: "bˈQd", tags: "*",
        before: "legs were|legs are|legs slightly|were slightly|are slightly|cello is|violin is|viola is|strings are", after: "", near: "" },
    Rule { word: "bowed", american: "bˈWd", british: "bˈWd", tags: "*", before: "", after: "", near: "" },
    // aged: old, before the person
    Rule { word: "aged", american: "ˈAʤd", british: "ˈAʤd", tags: "*", before: "middle|middle -|barrel|barrel -|oak|oak -",
        after: "balsamic|beef|brandy|cheddar|cheese|gouda|leather|meat|parmesan|port|rum|spirit|steak|tequila|vinegar|whiskey|whisky|wine", near: "" },
    Rule { word: "aged", american: "ˈAʤᵻd", british: "ˈAʤɪd", tags: "*", before: "an|the very", after: "", near: "" },
    // minute: of time, then tiny
    Rule { word: "minute", american: "mˈɪnət", british: "mˈɪnɪt", tags: "*", before: "last|one|per|every|each|next|first|final|half a|this|any|two|three|five|ten|fifteen|twenty|thirty|sixty",
        after: "", near: "" },
    Rule { word: "minute", american: "mInˈut", british: "mInjˈuːt", tags: "*", before: "very|extremely|species of|genus of|family of|containing|contains",
        after: "sea|detail|details|amount|amounts|particles|quantities|quantity|traces|teeth|fraction|organisms|secretory|differences|size|fragments|hairs|spines|holes|scales|land|changes|white|black|dots|creatures|crystals", near: "" },
    // refuse: rubbish
    Rule { word: "refuse", american: "ɹˈɛfjˌus", british: "ɹˈɛfjuːs", tags: "*", before: "household|collect the|human",
        after: "disposal|collection|collector|collectors|management|tip|tips|dump|dumps|bin|bins|heap|heaps|truck|trucks|sacks|container|containers|lorry", near: "" },
    // upset: the noun
    Rule { word: "upset", american: "ˈʌpsˌɛt", british: "ˈʌpsˌɛt", tags: "NN NNP", before: "", after: "", near: "" },
    Rule { word: "upset", american: "ˈʌpsˌɛt", british: "ˈʌpsˌɛt", tags: "*", before: "surprise|stomach|major|huge|biggest|stunning|shock", after: "victory|win|loss|bid|stomach", near: "" },
    // what the dictionary has for one part of speech only
    Rule { word: "protest", american: "pɹətˈɛst", british: "pɹətˈɛst", tags: "VB VBP VBD", before: "", after: "", near: "" },
    Rule { word: "export", american: "ɪkspˈɔɹt", british: "ɪkspˈɔːt", tags: "VB VBP VBD", before: "", after: "", near: "" },
    Rule { word: "increment", american: "ˈɪŋkɹəmˌɛnt", british: "ˈɪŋkɹəmˌɛnt", tags: "VB VBP", before: "", after: "", near: "" },
    Rule { word: "recount", american: "ɹˈikˌWnt", british: "ɹˈiːkˌWnt", tags: "NN NNP", before: "", after: "", near: "" },
    // diffuse, consummate: adjectives that are taken for other parts of speech
    Rule { word: "diffuse", american: "dəfjˈus", british: "dɪfjˈuːs", tags: "NN NNP", before: "", after: "", near: "" },
    Rule { word: "diffuse", american: "dəfjˈus", british: "dɪfjˈuːs", tags: "VB VBP", before: "a|an|the|of|and|or|with|from|by|in|for|both|are|is|this", after: "light|reflection|sky|nebula|nebulae", near: "" },
    Rule { word: "consummate", american: "kˈɑnsəmət", british: "kˈɒnsjʊmət", tags: "NN NNP VB JJ", before: "a|the|his|her|with|was|is|most|of|such", after: "", near: "" },
    // axes: plural of axis, then of axe
    Rule { word: "axes", american: "ˈæksˌiz", british: "ˈaksiːz", tags: "*", before: "x and y|x|y|z|x- and y|coordinate|vertical|horizontal|principal|major|minor|orthogonal|perpendicular|optical|rotational|parallel|crystal",
        after: "of rotation|of symmetry|of the plot|of the graph|of the chart", near: "coordinate|coordinates|graph|plot|chart|ellipse|ellipsoid" },
    Rule { word: "axes", american: "ˈæksᵻz", british: "ˈaksɪz", tags: "*", before: "battle|hand|stone|throwing|pick|ice|bronze|flint|polished",
        after: "and swords|and spears|and hammers|and knives", near: "swords|sword|spears|spear|knives|knife|stone|bronze|flint|hammers|saws|weapons|tools|armed|battle|wood|trees|chopped|neolithic|daggers|arrows|shields|polished|clubs" },
    // moped: the vehicle
    Rule { word: "moped", american: "mˈOpˌɛd", british: "mˈQpˌɛd", tags: "VBD VBN", before: "a|an|the|his|her|their|my|of|by|on|or|for|via|with|two|and", after: "", near: "" },
    // Celtic: sports clubs
    Rule { word: "celtic", american: "sˈɛltɪk", british: "sˈɛltɪk", tags: "NNP", before: "glasgow|boston|stalybridge|bloemfontein|farsley|donegal",
        after: "fc|f.c.|park|manager|fans|football|captain|striker|defender|v|vs|boys|in the",
        near: "rangers|league|nba|club|clubs|football|footballer|signed|goals|goal|season|scored|match|lakers|knicks|basketball|manager|striker|midfielder|hibernian|aberdeen|cup|playoffs|defeat|defeated|squad|celtics" },
    Rule { word: "celtics", american: "sˈɛltɪks", british: "sˈɛltɪks", tags: "NNP NNPS", before: "", after: "", near: "" },
    // Xi: the president, not the letter
    Rule { word: "Xi", american: "ʃˈi", british: "ʃˈiː", tags: "*", before: "president|chairman|mr|mr.", after: "jinping|'s|said|says|told|met|visited|urged|warned", near: "" },
    Rule { word: "Xi's", american: "ʃˈiz", british: "ʃˈiːz", tags: "*", before: "", after: "", near: "" },
    // Inter: sports clubs
    Rule { word: "inter", american: "ˈɪntəɹ", british: "ˈɪntə", tags: "*", before: "", after: "miami|milan", near: "" },
    // Ravel, Nestle: names
    Rule { word: "ravel", american: "ɹəvˈɛl", british: "ɹavˈɛl", tags: "NNP", before: "", after: "", near: "" },
    Rule { word: "nestle", american: "nˈɛsli", british: "nˈɛslA", tags: "NNP", before: "", after: "", near: "" },
    // blessed: holy
    Rule { word: "blessed", american: "blˈɛsᵻd", british: "blˈɛsɪd", tags: "NNP", before: "", after: "", near: "" },
    Rule { word: "blessed", american: "blˈɛsᵻd", british: "blˈɛsɪd", tags: "*", before: "the|our|most|these|those|o|every|whole|of|a", after: "are the|are they|are those|is he|be|virgin|mother|sacrament|trinity|saint|saints|souls|lord|sacraments|art", near: "" },
    // mobile: not the city
    Rule { word: "mobile", american: "mObˈil", british: "mQbˈiːl", tags: "NNP", before: "in|at|from|to|near|of", after: "bay|alabama|county|river", near: "alabama|gulf|pensacola|birmingham|montgomery|confederate|biloxi" },
    Rule { word: "mobile", american: "mˈObᵊl", british: "mˈQbIl", tags: "*", before: "", after: "", near: "" },
    // pasty: pale or sticky
    Rule { word: "pasty", american: "pˈAsti", british: "pˈAsti", tags: "*", before: "thick|white|soft|sticky|pale|dry", after: "white|skin|face|faced|complexion|consistency|mass|texture|substance|skinned", near: "complexion|skin" },
    // Reading: the town
    Rule { word: "reading", american: "ɹˈɛdɪŋ", british: "ɹˈɛdɪŋ", tags: "NNP", before: "in|at|from|near|port|put|against|joined", after: "university|railroad|railway|fc|f.c.|festival|station|gaol|jail|borough|football|town|area|company|in the|terminal|abbey",
        near: "pennsylvania|berkshire|oxford|slough|philadelphia|swindon|newbury|basingstoke|league" },
    // sake: the drink
    Rule { word: "sake", american: "sˈAk", british: "sˈAk", tags: "*", before: "'s|own|the|his|her|its|their|our|your|my", after: "of", near: "" },
    Rule { word: "sake", american: "sˈɑki", british: "sˈɑːki", tags: "*", before: "japanese|drinking|drink|of hot|hot|drank|rice|and|given|a", after: "cup|cups|bar|bars|bottle|bottles|set|sets|brewery|breweries|brewing|brewer|vessels|barrels|industry|production|and|or",
        near: "rice|wine|beer|japanese|japan|sushi|brewery|brewing|drinking|drink|drunk|bottle|fermented|alcohol|shochu|soy|miso|mirin|cups" },
    // frequent, learned
    Rule { word: "frequent", american: "fɹikwˈɛnt", british: "fɹikwˈɛnt", tags: "*", before: "would|they", after: "the|bars|these|this|his|their", near: "" },
    Rule { word: "learned", american: "lˈɜɹnᵻd", british: "lˈɜːnɪd", tags: "*", before: "the most|very|highly|my|his", after: "society|societies|scholar|scholars|treatise|journal|journals|judge|hand|monarchs|monk|profession|professions|counsel|bodies|elite|circles|discourse", near: "" },
    // resume: what comes with an application
    Rule { word: "resume", american: "ɹˈɛzəmˌA", british: "ɹˈɛzjʊmˌA", tags: "NN NNP JJ", before: "", after: "", near: "" },
    Rule { word: "resume", american: "ɹˈɛzəmˌA", british: "ɹˈɛzjʊmˌA", tags: "*", before: "my|your|his|her|their|a|an impressive|the candidate's|substantial|extensive|impressive", after: "", near: "" },
    // dove: the past of dive
    Rule { word: "dove", american: "dˈOv", british: "dˈQv", tags: "*", before: "he|she|they|it|we|i|who|quickly|then|immediately",
        after: "into|headfirst|deep|deeper|and caught|for cover|straight into", near: "" },
    // sow: the animal
    Rule { word: "sow", american: "sˈW", british: "sˈW", tags: "*", before: "", after: "and her|bug|bugs|mouth|had|gave|was|nursed", near: "pig|pigs|piglets|boar|boars|piglet|litter|farrowing|pork" },
    Rule { word: "sow", american: "sˈO", british: "sˈQ", tags: "*", before: "to|you|they|we|will", after: "the seeds|seeds|seed|thistle|thistles|discord|confusion|chaos|wheat|fear|doubt|division", near: "reap|seeds|seed|crops|fields|thistle|thistles|corn|harvest" },
    // wind: of the air, then to turn
    Rule { word: "wind", american: "wˈɪnd", british: "wˈɪnd", tags: "*", before: "the|strong|cold|north|south|east|west|high|warm|hot|this|that|no|some|of|icy|bitter|gentle",
        after: "chill|direction|energy|farm|farms|instrument|instruments|power|shear|speed|speeds|tunnel|turbine|turbines", near: "" },
    Rule { word: "wind", american: "wˈInd", british: "wˈInd", tags: "*", before: "", after: "up|down|its way|their way|his way|the clock|the rope|the watch|the string", near: "" },
    // wound: the past of wind
    Rule { word: "wound", american: "wˈWnd", british: "wˈWnd", tags: "*", before: "loosely|tightly|custom|thread|spirally|wire|coil|coils",
        after: "up|around|round|its way|their way|single|coil|coils|his way|her way|the clock|arms", near: "" },
    // row: a line, and a quarrel
    Rule { word: "row", american: "ɹˈO", british: "ɹˈQ", tags: "*", before: "in a", after: "of", near: "" },
    Rule { word: "row", american: "ɹˈW", british: "ɹˈW", tags: "*", before: "blazing|angry|diplomatic|political|furious|heated|bitter|had a|have a|has a|having a|public", after: "about|over how|over whether|over who|erupted|broke out", near: "quarrel|argument|shouting" },
    // invalid: a sick person
    Rule { word: "invalid", american: "ˈɪnvəlɪd", british: "ˈɪnvəliːd", tags: "*", before: "chronic|bedridden|permanent|virtual|semi|elderly|helpless", after: "carriage|child who|child of|child was|child is|child had|mother|wife|father|sister|husband|chair|daughter|son|brother|for the rest", near: "" },
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
    // close: to shut
    Rule { word: "close", american: "klˈOz", british: "klˈQz", tags: "*", before: "we|shops|stores|banks|pubs", after: "", near: "" },
    // content: satisfied
    Rule { word: "content", american: "kəntˈɛnt", british: "kəntˈɛnt", tags: "NN", before: "", after: "with his|with her|with their|with my|with our|with your|with what|with life", near: "" },
    // use: the noun, then what is told at the start of a sentence
    Rule { word: "use", american: "jˈus", british: "jˈuːs", tags: "NN NNP VB", before: "", after: "of|is|was|has", near: "" },
    Rule { word: "use", american: "jˈuz", british: "jˈuːz", tags: "*", before: "^", after: "", near: "" },
    // rebel: who resists, then to resist
    Rule { word: "rebel", american: "ɹˈɛbᵊl", british: "ɹˈɛbᵊl", tags: "*", before: "", after: "forces|fighters|groups|group|leader|leaders|army|territory|positions|soldiers|troops", near: "" },
    Rule { word: "rebel", american: "ɹəbˈɛl", british: "ɹɪbˈɛl", tags: "*", before: "rebels|will|would|may|might|they|we", after: "against|because", near: "" },
    // confines: the noun, then the verb
    Rule { word: "confines", american: "kˈɑnfˌInz", british: "kˈɒnfInz", tags: "*", before: "the|its|their|his|own|friendly|narrow|within", after: "", near: "" },
    Rule { word: "confines", american: "kənfˈInz", british: "kənfˈInz", tags: "*", before: "", after: "himself|herself|itself|themselves|him|her|them|us|its|the|this", near: "" },
    // perfume: the noun
    Rule { word: "perfume", american: "pˈɜɹfjˌum", british: "pˈɜːfjuːm", tags: "NN NNP JJ", before: "", after: "", near: "" },
    // WHO: the organization
    Rule { word: "WHO", american: "dˌʌbᵊljuˌAʧˈO", british: "dˌʌbᵊljuːˌAʧˈQ", tags: "*", before: "the", after: "", near: "" },
    // object, produce
    Rule { word: "object", american: "əbʤˈɛkt", british: "əbʤˈɛkt", tags: "*", before: "i|we|they|you|to|would|will|strongly|may|must", after: "", near: "" },
    Rule { word: "produce", american: "pɹˈOdˌus", british: "pɹˈɒdjuːs", tags: "*", before: "fresh|local|organic|of|agricultural|farm|the", after: "aisle|market|section|stand|department|and meat", near: "" },
    Rule { word: "refuse", american: "ɹəfjˈuz", british: "ɹɪfjˈuːz", tags: "VB VBP", before: "", after: "", near: "" },
];

/// The rules of each word, in their order.
static BY_WORD: LazyLock<HashMap<&str, Vec<&Rule>>> = LazyLock::new(|| {
    let mut by_word: HashMap<&str, Vec<&Rule>> = HashMap::new();
    for rule in RULES {
        by_word.entry(rule.word).or_default().push(rule);
    }
    by_word
});

/// The reading that the surroundings of a token give it; `None` to keep misaki's.
pub fn reading(tokens: &[Word], at: usize, accent: Accent) -> Option<&'static str> {
    let text = &tokens.get(at)?.text;
    let rules = BY_WORD.get(text.as_str()).or_else(|| BY_WORD.get(plain(text).as_str()))?;
    let lower = |range: &[Word]| range.iter().map(|token| plain(&token.text)).collect::<Vec<_>>();
    let ends = |token: &Word| [".", "!", "?", ";"].contains(&token.text.as_str());
    let (before, after) = (&tokens[at.saturating_sub(WINDOW)..at], &tokens[at + 1..tokens.len().min(at + 1 + WINDOW)]);
    let start = before.iter().rposition(ends).map_or(0, |end| end + 1);
    let begins = start > 0 || at <= WINDOW;
    let mut before = lower(&before[start..]);
    if begins {
        before.insert(0, "^".to_owned());
    }
    let after = lower(&after[..after.iter().position(ends).unwrap_or(after.len())]);
    let tag = tokens[at].tag;
    let rule = rules.iter().find(|rule| rule.holds(tag, &before, &after))?;
    Some(if accent == Accent::American { rule.american } else { rule.british })
}

impl Rule {
    fn holds(&self, tag: &str, before: &[String], after: &[String]) -> bool {
        let tagged = self.tags == "*" || self.tags.split(' ').any(|own| own == tag);
        let anywhere = [self.before, self.after, self.near].iter().all(|list| list.is_empty());
        let phrases = |list: &'static str| list.split('|').filter(|phrase| !phrase.is_empty());
        let ends = |phrase: &str| {
            let words = phrase.rsplit(' ');
            words.clone().count() <= before.len()
                && words.zip(before.iter().rev()).all(|(word, other)| same(word, other))
        };
        let starts = |phrase: &str| {
            let words = phrase.split(' ');
            words.clone().count() <= after.len() && words.zip(after).all(|(word, other)| same(word, other))
        };
        let close = |word: &str| before.iter().chain(after).any(|other| other == word);
        tagged
            && (anywhere
                || phrases(self.before).any(ends)
                || phrases(self.after).any(starts)
                || phrases(self.near).any(close))
    }
}

/// A word in lower case, with straight apostrophes.
fn plain(word: &str) -> String {
    let mut lower = word.to_lowercase();
    if lower.contains('’') {
        lower = lower.replace('’', "'");
    }
    lower
}

/// Whether a word of a rule is `other`, or its end: misaki has "they'll" and "don't" as one token.
fn same(word: &str, other: &str) -> bool {
    word == other || (word.starts_with('\'') || word == "n't") && other.ends_with(word)
}

/// Whether `previous` is one of `words` before the word of a rule. A pronoun with "'s" owns nothing: "he's read", "let's
/// record".
fn is_before(words: &[&str], previous: &str) -> bool {
    const NO_OWNERS: [&str; 13] = [
        "it's", "he's", "she's", "that's", "what's", "who's", "there's", "here's", "let's", "where's", "how's",
        "when's", "why's",
    ];
    words.iter().any(|word| same(word, previous)) && !NO_OWNERS.contains(&previous)
}

/// Adjectives that are read as the verb is, although misaki's dictionary has no reading for adjectives.
const ADJECTIVES: &[&str] = &["close", "invalid", "upset"];

/// Words after which a noun is none: it is a verb.
const BEFORE_VERBS: &[&str] = &[
    "will", "would", "can", "could", "may", "might", "must", "shall", "should", "'ll", "cannot", "n't", "i", "we",
    "they",
];

/// Words after which a verb in the present is none: it is a noun.
const BEFORE_NOUNS: &[&str] =
    &["the", "a", "an", "this", "my", "your", "his", "her", "its", "our", "their", "'s", "no", "of", "another"];

/// The reading of a word as another part of speech than misaki's, by the words beside it, where the dictionary has several
/// readings; `None` to keep misaki's.
pub fn by_part_of_speech(lexicon: &Lexicon, tokens: &[Word], at: usize) -> Option<String> {
    let token = &tokens[at];
    if !["JJ", "NN", "VB", "VBP"].contains(&token.tag) {
        return None;
    }
    let word = plain(&token.text);
    let previous = at.checked_sub(1).map_or(String::new(), |previous| plain(&tokens[previous].text));
    let next = tokens.get(at + 1).map_or("", |next| next.tag);
    let tag = match token.tag {
        // "an insert page"
        "JJ" if next.starts_with("NN") && !ADJECTIVES.contains(&word.as_str()) => "NN",
        "NN" if is_before(BEFORE_VERBS, &previous) => "VB",
        // "to invert the order", but "put to use" and "due to misuse of"
        "NN" if previous == "to" && (next.starts_with("PRP") || ["DT", "JJ"].contains(&next)) => "VB",
        "VB" | "VBP" if is_before(BEFORE_NOUNS, &previous) => "NN",
        _ => return None,
    };
    let read = |tag: &str| entries::by_misaki(lexicon, &token.text, tag, None, None);
    let (own, other) = (read(token.tag)?, read(tag)?);
    // "an elaborate plan": the dictionary knows the adjective.
    if token.tag == "JJ" && read("") != Some(own.clone()) {
        return None;
    }
    // misaki's reading stays where it is not that of the dictionary, as in a compound with less stress.
    (own != other && token.phonemes.as_ref() == Some(&own)).then_some(other)
}

/// Every reading of the rules.
#[cfg(test)]
pub fn readings() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rule| [rule.american, rule.british])
}

//! The letter-to-sound rules, and the names that they get wrong.

/// The rules, as `left[letters]right=phonemes`; the first match applies. In the contexts ` ` is the edge of the word, `#` a
/// vowel letter, `^` a consonant letter, `+` one of e, i, y, and any other letter itself. Short o is `ɒ` in both accents.
#[rustfmt::skip]
pub const RULES: &[&str] = &[
    "[aigh]=A", "[augh]=ɔ", "[air]=ɛɹ", "[aire]=ɛɹ", "[ai] =I", "[ai]^o =I", "[ai]=A", "[au]=ɔ", "[aw]=ɔ", "[aya]=Iə", "[ay]=A", "[aa]=ɑ",
    "[ae]=A", "[ah] =ə", "[ah]^=ɑ", "[ah]#=ɑh", "[ao]=W", "[alk]=ɔk", "[all] =ɔl", "[ance] =əns", "[ange]=Anʤ", "[ar]^=ɑɹ", "[ar] =ɑɹ",
    "[are] =ɛɹ", "[arr]=æɹ", "[ard] =əɹd", "[able] =əbᵊl", "[al] =ᵊl", "[an] =ən", "[as] =əs", "[a] =ə", "[aste] =Ast",
    "[a]^e =A", "[a]^ing =A", "w[ar]=ɔɹ", "w[a]^=ɑ", "[a]^^=æ", "[a]^ =æ", "[a]^#=ɑ", "[a]#=ɑ", "[a]=æ",
    "[bb]=b", "m[b] =", "[bh]=b", "[b]=b",
    "[chr]=kɹ", "[ch]l=k", "[ch]=ʧ", "[cian] =ʃən", "[cious]=ʃəs", "[ci]a=ʃ", "[ccio]=ʧiO", "[cc]+=ks", "[cc]=k",
    "[ckh]=k", "[ck]=k", "[cq]=k", "[cz]=ʧ", "s[c]+=", "[c]+=s", "[c]=k",
    "[dge]=ʤ", "[dg]=ʤ", "[dd]=d", "[dh]=d", "[dj]=ʤ", "[dt]=t", "[dz]=ʤ", "[d]=d",
    "[eigh]=A", "[eau]=O", "[ear]^=ɜɹ", "[ear]=ɪɹ", "[ea]=i", "[eer]=ɪɹ", "[ee]=i", "[ei]=i", "[eu]=u", "[ew]=u",
    "[eeh] =A", "[eh] =A", "[eyo]=io", "[ey] =i", "[ey]#=Aj", "[ey]=A", "[eo]=iO", "[ell] =ɛl", "[el] =ᵊl", "[er]^=ɜɹ", "[err]=ɛɹ",
    "[er]#=ɛɹ", "[er]=əɹ", "[ea]r=ɪ", "[en] =ən", "[ent] =ənt", "[es] =ɛz", "m[ed] =əd", "t[ed] =əd", "d[ed] =əd", "[ed] =d", "[ette] =ɛt", "[elle] =ɛl",
    "[enne] =ɛn", "[esse] =ɛs", " ^[e] =i", " ^^[e] =i", "[e] =", "[e]ly =", "[e]^# =ɛ", "[e]^^=ɛ", "[e]^ =ɛ", " [e]=ɛ",
    "[e]a=i", "[e]o=i", "[e]=ɛ",
    "[ff]=f", "[f]=f",
    " [gh]=ɡ", "[gh]#=ɡ", "[gh]=", "[gn] =n", " [gn]=n", "[gg]=ɡ", "[geo]=ʤɔ", "[gi]o=ʤ", "[gi]a=ʤ", "[ge]o=ʤ",
    "[gue] =ɡ", "[gu]+=ɡ", "[g]e=ʤ", "[g]y=ʤ", "[g]i^^=ɡ", "[g]i=ʤ", "[g]=ɡ",
    "[h] =", "#[h]^=", "^[h]^=", "[h]=h",
    "[igh]=I", "[ier] =iəɹ", "[iel] =iəl", "[ie]nn=iɛ", "[ia]=iə", "[ie] =i", "[ie]=i", "[io]=iO", "[iu]=iə", "[ious]=iəs", "[ique]=ik", "[ine] =in",
    "[ing] =ɪŋ", "[ings] =ɪŋz", "[ism]=ɪzᵊm", "[ize]=Iz", "[ise]=Iz", "[ir]^=ɜɹ", "[ir] =ɪɹ", "[ir]#=ɪɹ", "[ild]=Ild",
    "[ind]=ɪnd", "[i] =i", "[i]^e =I", "[i]^ing =I", "[i]^^=ɪ", "[i]^ =ɪ", " [i]^#=ɪ", " ^[i]^#=i",
    "[i]^#=ɪ", "[i]=i",
    "k[j]=j", "b[j]=j", "[j]=ʤ",
    " [kn]=n", "[kh]=k", "[kk]=k", "[k]=k",
    " [ll]=l", "[ll]=l", "^[le] =ᵊl", "[l]=l",
    " [mc]=mək", "[mm]=m", "[mb] =m", "[m]=m",
    "[ngu]#=ŋɡw", "[ngh]=ŋ", "[ng] =ŋ", "[ngs] =ŋz", "[ng]+=nʤ", "[ng]=ŋɡ", "[nk]=ŋk", "[nx]=ŋks", "[nn]=n", "[n]=n",
    "[ould]=ʊd", "[ough]=O", "[oo]=u", "[oul]=ul", "[ous] =əs", "[ou]=u", "[ow] =O", "[ow]#=Ow", "[ow]=W", "[oy]=Y", "[oi]=Y",
    "[oa]=O", "[oe] =O", "[oe]=O", "[oh]^=O", "[oh] =O", "[oeu]=u", "[old]=Old", "[olk]=Ok", "[oll]=ɒl", "[orr]=ɔɹ", "w[or]=ɜɹ",
    "[or]=ɔɹ", "[on] =ən", "[om] =əm", "[ot] =ɒt", "[ore] =ɔɹ", "[o] =O", "[o]^e =O", "[o]^^=ɒ", "[o]^ =ɒ",
    "[o]^#=O", "[o]=O",
    "[phth]=fθ", "[ph]=f", " [ps]=s", " [pn]=n", " [pt]=t", "[pp]=p", "[p]=p",
    "[que] =k", "[q]i=ʧ", "[qu]=kw", "[q]=k",
    " [rh]=ɹ", "[rr]=ɹ", "[rh]=ɹ", "[r]=ɹ",
    "[sch]=ʃ", "[sh]=ʃ", "[sion]=ʒən", "[ssion]=ʃən", "[ss]=s", "[sz]=s", "[sj]=ʃ", " [s]=s", "#[s]#=z", "#[se] =z",
    "#[s] =z", "b[s] =z", "d[s] =z", "g[s] =z", "l[s] =z", "m[s] =z", "n[s] =z", "r[s] =z", "[s]=s",
    "[tch]=ʧ", "[tion]=ʃən", "[tious]=ʃəs", "[ti]al=ʃ", "[th]=θ", "[tt]=t", "[tsch]=ʧ", "[ts]=ts", "[tz]=ts",
    "[ture] =ʧəɹ", "[t]=t",
    "[ur]^=ɜɹ", "[ur] =ɜɹ", "[ur]#=ʊɹ", "[urr]=ɜɹ", "[ue] =u", "[ui]=ui", "[uy]=I", "q[u]=w", "g[u]#=w", "[uu]=u",
    "[um] =əm", "[us] =əs", "[u] =u", "[u]^e =u", "[u]^^=ʌ", "[u]^ =ʌ", " [u]^#=ju", "[u]=u",
    "[vv]=v", "[v]=v",
    " [wr]=ɹ", " [wh]o=h", "[wh]=w", "[w] =", "[w]^=", "[w]=w",
    " [xiao]=ʃW", " [x]=z", "[xx]=ks", "[x]=ks",
    " [y]#=j", "#[y]#=j", "[yle] =Il", "[y]^e =I", "[y]w=I", " ^[y] =I", " ^^[y] =I", "[yr]=ɪɹ", "[y] =i", "[y]^^=ɪ", "[y]^ =ɪ",
    " ^[y]^#=I", "^[y]#=j", "[y]=ɪ",
    "[zz]=ts", "[zh]=ʒ", "[z]=z",
];

/// Well-known names that the rules would get wrong.
#[rustfmt::skip]
pub const NAMES: &[(&str, &str)] = &[
    ("aoife", "ˈifə"), ("ayesha", "Iˈiʃə"), ("beyonce", "biˈɑnsA"), ("chalamet", "ʃˈæləmA"), ("daenerys", "dənˈɛɹɪs"),
    ("gonzalez", "ɡənzˈɑlɛz"), ("guillermo", "ɡiˈɛɹmO"), ("hermione", "həɹmˈIəni"), ("kubernetes", "kˌubəɹnˈɛtiz"),
    ("mbappe", "əmbˈɑpA"), ("nguyen", "nwˈɪn"), ("niamh", "nˈiv"), ("saoirse", "sˈɪɹʃə"), ("siobhan", "ʃəvˈɔn"),
    ("skibidi", "skˈɪbədi"), ("spotify", "spˈɑtəfI"), ("wojciech", "vˈYʧɛk"),
];

//! The words that redaction goes by, one list each. Which names are listed is a choice: one that is also a word of everyday
//! speech ("will", "rose", "sue") is not, and counts as a name only with a capital.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;

/// Words and phrases between commas, taken apart when they are first asked for.
#[derive(Debug)]
pub(super) struct List {
    text: &'static str,
    listed: OnceLock<Listed>,
}

#[derive(Debug)]
struct Listed {
    in_order: Vec<&'static str>,
    set: FxHashSet<&'static str>,
}

impl List {
    const fn new(text: &'static str) -> Self {
        Self {
            text,
            listed: OnceLock::new(),
        }
    }

    fn listed(&self) -> &Listed {
        self.listed.get_or_init(|| {
            let in_order: Vec<&str> = self.text.split(',').map(str::trim).collect();
            let set = in_order.iter().copied().collect();
            Listed { in_order, set }
        })
    }

    /// Every word or phrase.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.listed().in_order.iter().copied()
    }

    pub(super) fn contains(&self, word: &str) -> bool {
        self.listed().set.contains(word)
    }
}

/// Names, given and family, that are kept nowhere. Most names need no mention: they go because they are unknown.
pub(super) static NAMES: List = List::new(
    "aaron, abigail, adam, adams, agnieszka, ahmed, aisha, alan, albert, alex, alexander, alexis, alfie, ali,
    alice, allen, amanda, amit, amy, anderson, andrea, andrew, andy, angela, anil, ann, anna, anthony, archie,
    arthur, ashley, austin, ava, bailey, barbara, barnes, bella, ben, benjamin, bennett, betty, beverly, billy,
    bob, bobby, brandon, brenda, brian, brittany, bruce, bryan, bryant, camille, campbell, carl, carlos, carmen,
    carol, carolyn, catherine, charles, charlotte, chen, cheryl, chloe, chris, christina, christine,
    christopher, clark, coleman, collins, cooper, cynthia, daisy, dan, daniel, danielle, dave, david, davies,
    dawn, deborah, debra, deepak, denise, dennis, diana, diane, diego, dmitri, donald, donna, doris, dorothy,
    douglas, dylan, edward, edwards, elena, elijah, elizabeth, ella, emily, emma, eric, ethan, eugene, eva,
    evans, eve, evelyn, ewa, fatima, felix, finn, flores, frances, francois, frank, fraser, fred, freddie,
    freya, fritz, gabriel, garcia, gary, george, gerald, gloria, gonzalez, grace, gregory, greta, griffiths,
    gupta, hannah, hans, harold, harris, harry, harvey, hassan, hayes, heather, heidi, heinz, helen, henderson,
    henry, hernandez, hiroshi, howard, hughes, hugo, ibrahim, igor, isabella, isla, ivan, ivy, jack, jackson,
    jacob, jacqueline, jacques, james, jan, jane, janet, janice, jason, jasper, jay, jean, jeffrey, jennifer,
    jeremy, jerry, jesse, jessica, jim, jimmy, jo, joan, joe, john, johnny, johnson, jonathan, jones, jordan,
    jose, joseph, josh, joshua, joyce, juan, jude, judith, judy, julia, julie, jurgen, justin, kai, karen,
    katarzyna, kate, katherine, kathleen, kathryn, kayla, keith, kelly, kenji, kenneth, kevin, khan, kim,
    kimberly, klaus, kowalski, krzysztof, kumar, kyle, larry, laura, lauren, lawrence, lee, leo, lewis, li,
    lily, linda, lisa, lloyd, logan, lopez, louis, luc, lucia, luke, luna, macdonald, madison, magda, margaret,
    maria, marie, marilyn, marshall, martha, martin, martinez, mary, matt, matthew, megan, melissa, meyer, mia,
    michael, michelle, miguel, mike, mitchell, mohammed, moore, morgan, morris, mueller, muhammad, murphy,
    nancy, natalie, natasha, nathan, ned, neha, nelson, nguyen, nicholas, nick, nicole, noah, nowak, obrien,
    oconnor, olga, olivia, omar, oscar, pablo, pam, pamela, parker, patel, patricia, patrick, patterson, paul,
    pawel, pedro, perez, peter, petra, philip, pierre, piotr, pooja, priya, rachel, rahul, raj, ralph, randy,
    raymond, rebecca, richard, rick, rob, robert, roberts, robin, robinson, rodriguez, roger, rogers, ronald,
    rosemary, ross, roy, ruby, russell, ruth, ryan, sabine, sam, samantha, samuel, sanders, sandra, sandy,
    sanjay, sara, sarah, schmidt, scott, sean, sergei, shah, sharma, sharon, shirley, simmons, singh, smith,
    sofia, sophia, stella, stephanie, stephen, steve, steven, stewart, sunita, susan, svetlana, taylor, ted,
    teresa, terry, theo, theresa, thomas, thompson, tim, timothy, tom, tony, torres, tyler, ursula, uwe, vic,
    victoria, vincent, violet, virginia, vladimir, wallace, walter, wang, warren, wayne, wei, william, willie,
    wilson, woody, yuki, yusuf, zachary, zhang, zoe",
);

/// What people ask about that may not be in the FAQ; English words need no mention.
pub(super) static SUBJECT: List = List::new(
    "acetaminophen, acupressure, acupuncturist, allergy, antidepressant, app, arthroscopy, botox, bowen, cbd,
    chiropractic, chiropractor, cm, covid, cryotherapy, cupping, dvt, email, ems, facebook, fibromyalgia,
    gabapentin, google, gout, gp, groupon, hijama, homeopathy, hydrotherapy, ibuprofen, instagram, internet,
    ivf, keloid, kg, kinesio, kinesiology, km, laptop, lipoma, lymphatic, lymphoedema, massager, medicaid,
    medicare, menopause, metformin, methotrexate, migraine, moxibustion, mri, myofascial, naproxen, nhs, ok,
    online, orthotics, osteopath, osteopathy, osteopenia, ozempic, painkiller, painkillers, paracetamol, paypal,
    perimenopause, physio, physiotherapist, physiotherapy, pilates, piriformis, plantar, podiatrist, postnatal,
    prednisone, prenatal, prp, reflexology, reiki, rheumatoid, rolfing, sciatic, sciatica, scoliosis, shiatsu,
    spondylitis, spondylolisthesis, statins, stenosis, steroid, steroids, tens, theragun, tinnitus, tmj,
    tramadol, tui, ultrasound, voucher, vouchers, warfarin, website, whatsapp, whiplash, wifi, xray, yoga,
    youtube",
);

/// Days and months: a capital is theirs by right.
pub(super) static CALENDAR: List = List::new(
    "monday, tuesday, wednesday, thursday, friday, saturday, sunday, january, february, march, april, may, june,
    july, august, september, october, november, december, christmas",
);

/// Words after which nothing but a name stands.
pub(super) static NAME_INTRODUCTIONS: List = List::new("my name is, name is, my names, my name");

/// Words after which a name may stand.
pub(super) static NAME_CUES: List = List::new(
    "i am, this is, it is, call me, called, named, ask for, thanks, regards, hi, hello, hey, dear, husband, wife,
    son, daughter, mum, mom, mother, dad, father, brother, sister, friend, partner, boyfriend, girlfriend, boss,
    aunt, uncle, therapist, masseuse, masseur, physio, nurse, doctor",
);

/// Titles: what follows is a name.
pub(super) static TITLES: List = List::new("dr, mr, mrs, ms, miss, prof, professor");

/// Words after which everything is an address.
pub(super) static ADDRESS_CUES: List = List::new("address is, postcode is, zip code is");

/// Words after which a place may stand.
pub(super) static PLACE_CUES: List = List::new(
    "live in, live at, live on, live near, living in, located in, located at, i am from, i am in",
);

/// Words that go on with the sentence and are no name, whatever stands before them.
pub(super) static NOT_A_NAME: List = List::new(
    "a, about, after, again, all, also, am, an, and, any, are, as, ask, at, back, because, been, before, being,
    but, by, can, could, did, do, does, feeling, for, from, get, getting, going, had, has, have, he, her, here,
    him, his, how, i, if, in, into, is, it, just, like, me, might, my, need, no, not, now, of, on, or, our, out,
    please, really, said, says, she, should, so, some, still, that, the, their, them, then, there, these, they,
    this, those, to, told, too, us, very, want, wants, was, we, were, what, when, where, which, who, why, will,
    with, would, you, your",
);

/// Digits, spelt out.
pub(super) static NUMBER_WORDS: List =
    List::new("zero, oh, o, one, two, three, four, five, six, seven, eight, nine, double");

/// Words for a street.
pub(super) static STREETS: List = List::new(
    "street, st, road, rd, avenue, ave, lane, ln, boulevard, blvd, strasse, str, highway, crescent",
);

/// Words for a street that mean other things as well.
pub(super) static STREETS_OR_NOT: List =
    List::new("drive, dr, way, court, ct, place, pl, square, sq, terrace, close, gardens");

/// Endings of web addresses that people type; others are recognised by `www.` or `://`.
pub(super) static TOP_LEVEL_DOMAINS: List = List::new(
    "app, be, biz, ca, co, com, de, edu, eu, fr, gov, info, io, ly, me, net, org, pl, ru, shop, site, tv, uk, us",
);

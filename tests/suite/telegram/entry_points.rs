//! One emergency through every way into the bot: the urgent-care card and nothing else comes out of each.

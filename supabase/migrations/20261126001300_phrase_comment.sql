-- The grammar of phrases as admins read it, with how exactly words are compared.

comment on column core.rules.phrases is
  'Patterns; any one of them is a hit. A pattern is items separated by single spaces; upper and lower case, punctuation and contractions do not matter, '
  'and a word of seven letters or more also matches what a recogniser spelled with one letter changed, added or dropped. '
  'An item is: a word (letters, digits, apostrophes); a list (enroll|sign up) whose branches are one or more words; a word? or (list)? that may be missing; '
  '# for any number, spelled or in digits; *5 for up to 5 words of any kind (1 to 20). '
  'At least one word or list must not be optional, and a pattern neither begins nor ends with a gap. Example: (send you|get) a *4 gift card';

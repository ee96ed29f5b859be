/*
 * holder_name_rules: whether two spellings can be the same person's name.
 *
 * A name is a set of words: order does not count, nor do accents, case, hyphens and apostrophes.  RULE NAME-1
 * Particles (el, al, ben, bent, bin, ibn, ould, ait, and their Arabic forms) count only when a name has nothing else, and may be
 * written apart or joined: "El Alaoui" is "Alaoui" is "ELALAOUI".  RULE NAME-2
 * Arabic is brought to Latin letters, and both to a skeleton in which spellings of one sound agree (ou, w and u; ch and sh; kh;
 * gh; q, k and c; dj and j; double letters; vowels that Arabic does not write).  RULE NAME-3
 *
 *   NAME_SAME       every word of one has its word in the other, letter for letter after NAME-1 and NAME-2
 *   NAME_CLOSE      every word of the shorter has one in the other by its skeleton, at least two words do, and at most one word
 *                   stands alone (a second given name, a married name): a person decides (SEC-C3)
 *   NAME_DIFFERENT  anything else
 *
 * The answer is the same with A and B exchanged.  The vectors are in tests/unit/server/service/holder_name_rules_test.c and
 * docs/bank.md; changing one is a change of rules.
 * Bounds   at most HOLDER_WORDS_MAX words of HOLDER_WORD_MAX letters count; longer names are NAME_DIFFERENT.
 * Pure functions; re-entrant.
 */
#ifndef HAYAT_SERVICE_HOLDER_NAME_RULES_H
#define HAYAT_SERVICE_HOLDER_NAME_RULES_H

#include "base/bytes.h"

enum { HOLDER_WORDS_MAX = 12, HOLDER_WORD_MAX = 32 };

enum holder_match { NAME_DIFFERENT, NAME_CLOSE, NAME_SAME };

/* UTF-8 texts, "Fatima-Zahra EL ALAOUI", "فاطمة الزهراء العلوي". */
enum holder_match holder_name_compare(bytes a, bytes b);

#endif

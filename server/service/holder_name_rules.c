#include "service/holder_name_rules.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"

/* One reading of a word. */
struct form {
    char plain[HOLDER_WORD_MAX + 1];    /* in Latin letters a to z */
    char skeleton[HOLDER_WORD_MAX + 1]; /* spellings of one sound made one */
    char
        strong[HOLDER_WORD_MAX +
               1]; /* the skeleton without w and y, which one script writes and the other may not */
};

/* As written, and without the article that may be joined to it. */
struct word {
    struct form forms[2];
    size_t form_count;
};

struct name {
    struct word words[HOLDER_WORDS_MAX];
    size_t count;
};

/* --- letters --- */

/* What stands for a character in plain letters; "" for marks that are dropped.  Characters in none of the lists part words. */
struct letter {
    uint32_t character;
    const char *plain;
};

static const struct letter letters[] = {
#define LETTER(character, plain) {character, plain},
#include "service/holder_letters.def"
#undef LETTER
};

static const char *plain_of(uint32_t character)
{
    for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
        if (letters[i].character == character) {
            return letters[i].plain;
        }
    }
    return NULL;
}

/* The next character of well-formed UTF-8; of anything else, one byte that is no letter. */
static uint32_t next_character(bytes *text)
{
    uint8_t lead = text->ptr[0];
    size_t len = lead < 0x80                   ? 1
                 : lead >= 0xc2 && lead < 0xe0 ? 2
                 : lead >= 0xe0 && lead < 0xf0 ? 3
                                               : 0;
    if (len == 0 || len > text->len) {
        *text = bytes_skip(*text, 1);
        return 0;
    }
    uint32_t character = len == 1 ? lead : len == 2 ? lead & 0x1fU : lead & 0x0fU;
    for (size_t i = 1; i < len; i++) {
        character = character << 6 | (text->ptr[i] & 0x3fU);
    }
    *text = bytes_skip(*text, len);
    return character;
}

static const char *plain_letter(uint32_t character, char room[2])
{
    room[1] = '\0';
    if (character >= 'a' && character <= 'z') {
        room[0] = (char)character;
        return room;
    }
    if (character >= 'A' && character <= 'Z') {
        room[0] = (char)(character - 'A' + 'a');
        return room;
    }
    return plain_of(character);
}

/* --- words --- */

static bool append(char *word, size_t *len, const char *plain)
{
    for (; *plain != '\0'; plain++) {
        if (*len == HOLDER_WORD_MAX) {
            return false;
        }
        word[(*len)++] = *plain;
    }
    word[*len] = '\0';
    return true;
}

static char *written(struct name *name, size_t word)
{
    return name->words[word].forms[0].plain;
}

static bool read_words(bytes text, struct name *name)
{
    size_t len = 0;
    while (text.len > 0) {
        char room[2];
        const char *plain = plain_letter(next_character(&text), room);
        if (plain == NULL) {
            name->count += len > 0 ? 1 : 0;
            len = 0;
        } else if (name->count == HOLDER_WORDS_MAX ||
                   !append(written(name, name->count), &len, plain)) {
            return false;
        }
    }
    name->count += len > 0 ? 1 : 0;
    return true;
}

/* --- particles, RULE NAME-2 --- */

static bool is_particle(const char *plain)
{
    static const char *const particles[] = {"el",   "al",    "l",   "ben", "bent", "bin",
                                            "bint", "ibn",   "bn",  "bnt", "abn",  "abnt",
                                            "ould", "oulad", "ait", "aait"};
    for (size_t i = 0; i < ARRAY_LEN(particles); i++) {
        if (strcmp(plain, particles[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void drop_particles(struct name *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < name->count; i++) {
        if (!is_particle(written(name, i))) {
            name->words[kept++] = name->words[i];
        }
    }
    name->count = kept > 0 ? kept : name->count;
}

/* How long the article is that PLAIN begins with: "elalaoui", "benjelloun", and by assimilation "ezzahra", "errachidi". */
static size_t article_len(const char *plain)
{
    static const char *const articles[] = {"el", "al", "ben", "bn", "ait"};
    enum { REST_MIN = 3 };
    size_t len = strlen(plain);
    for (size_t i = 0; i < ARRAY_LEN(articles); i++) {
        size_t article = strlen(articles[i]);
        if (strncmp(plain, articles[i], article) == 0 && len >= article + REST_MIN) {
            return article;
        }
    }
    bool assimilated = len >= 2 + REST_MIN && (plain[0] == 'e' || plain[0] == 'a') &&
                       plain[1] == plain[2];
    return assimilated ? 2 : 0;
}

/* "abdelkader", "abd el kader" and Arabic's two words are one: "abdkader". */
static void join_servant(struct name *name, size_t at)
{
    static const char *const heads[] = {"abdel", "abdal", "abdul", "abdol", "abdoul"};
    char *plain = written(name, at);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        size_t head = strlen(heads[i]);
        if (strncmp(plain, heads[i], head) == 0 && strlen(plain) > head + 1) {
            memmove(plain + 3, plain + head, strlen(plain) - head + 1);
            return;
        }
    }
    if (strcmp(plain, "abd") != 0 || at + 1 >= name->count) {
        return;
    }
    const char *next = written(name, at + 1);
    size_t len = strlen(plain);
    if (append(plain, &len, next + article_len(next))) {
        memmove(&name->words[at + 1], &name->words[at + 2],
                (name->count - at - 2) * sizeof name->words[0]);
        name->count--;
    }
}

/* --- skeletons, RULE NAME-3 --- */

/* Spellings of one sound, longer ones first; an upper-case letter is a sound of its own. */
static const struct {
    const char *from, *to;
} sounds[] = {
    {"tch", "X"}, {"sch", "X"}, {"ch", "X"}, {"sh", "X"}, {"kh", "K"}, {"gh", "G"}, {"dj", "j"},
    {"th", "t"},  {"dh", "d"},  {"ph", "f"}, {"ou", "w"}, {"oo", "w"}, {"gu", "k"}, {"qu", "k"},
    {"ce", "s"},  {"ci", "sy"}, {"ee", "y"}, {"ai", "y"}, {"ei", "y"}, {"ay", "y"}, {"ey", "y"},
    {"ie", "y"},  {"q", "k"},   {"c", "k"},  {"g", "k"},  {"u", "w"},  {"o", "w"},  {"v", "f"},
    {"p", "b"},   {"i", "y"},   {"a", ""},   {"e", ""},
};

static size_t sound_at(const char *plain, const char **ret_to)
{
    for (size_t i = 0; i < ARRAY_LEN(sounds); i++) {
        size_t len = strlen(sounds[i].from);
        if (strncmp(plain, sounds[i].from, len) == 0) {
            *ret_to = sounds[i].to;
            return len;
        }
    }
    return 0;
}

/* Doubled letters are one. */
static void add_sound(char *skeleton, char sound)
{
    size_t len = strlen(skeleton);
    if (len < HOLDER_WORD_MAX && (len == 0 || skeleton[len - 1] != sound)) {
        skeleton[len] = sound;
        skeleton[len + 1] = '\0';
    }
}

static bool is_weak(char sound)
{
    return sound == 'w' || sound == 'y';
}

static void make_skeleton(struct form *form)
{
    const char *plain = form->plain;
    while (*plain != '\0') {
        const char same[2] = {*plain, '\0'}, *to = same;
        size_t taken = sound_at(plain, &to);
        plain += taken == 0 ? 1 : taken;
        bool is_last_h = *to == 'h' && *plain == '\0'; /* Fatimah */
        for (; *to != '\0' && !is_last_h; to++) {
            add_sound(form->skeleton, *to);
            if (!is_weak(*to)) {
                add_sound(form->strong, *to);
            }
        }
    }
}

static void make_forms(struct word *word)
{
    const char *plain = word->forms[0].plain;
    size_t article = article_len(plain);
    word->form_count = 1;
    if (article > 0) {
        memcpy(word->forms[1].plain, plain + article, strlen(plain + article) + 1);
        word->form_count = 2;
    }
    for (size_t i = 0; i < word->form_count; i++) {
        make_skeleton(&word->forms[i]);
    }
}

static bool name_read(bytes text, struct name *name)
{
    if (!read_words(text, name) || name->count == 0) {
        return false;
    }
    drop_particles(name);
    for (size_t i = 0; i < name->count; i++) {
        join_servant(name, i);
    }
    for (size_t i = 0; i < name->count; i++) {
        make_forms(&name->words[i]);
    }
    return true;
}

/* --- comparing --- */

typedef bool form_test(const struct form *a, const struct form *b);

static bool same_letters(const struct form *a, const struct form *b)
{
    return strcmp(a->plain, b->plain) == 0;
}

/* The fewer strong sounds there are, the less the weak ones may differ: Omar is عمر, but Ali is not Alaoui. */
static bool same_sound(const struct form *a, const struct form *b)
{
    enum { STRONG_ENOUGH = 3, STRONG_MIN = 2 };
    size_t strong = strlen(a->strong);
    size_t len_a = strlen(a->skeleton), len_b = strlen(b->skeleton);
    if (strcmp(a->skeleton, b->skeleton) == 0) {
        return len_a > 0;
    }
    if (strong < STRONG_MIN || strcmp(a->strong, b->strong) != 0) {
        return false;
    }
    return strong >= STRONG_ENOUGH || (len_a > len_b ? len_a - len_b : len_b - len_a) <= 1;
}

static bool same_word(const struct word *a, const struct word *b, form_test *test)
{
    for (size_t i = 0; i < a->form_count; i++) {
        for (size_t j = 0; j < b->form_count; j++) {
            if (test(&a->forms[i], &b->forms[j])) {
                return true;
            }
        }
    }
    return false;
}

struct pairing {
    const struct name *a, *b;
    form_test *test;
    bool taken[HOLDER_WORDS_MAX]; /* of b */
    bool seen[HOLDER_WORDS_MAX];  /* in the search for one word of a */
    size_t partner[HOLDER_WORDS_MAX];
};

/* Gives word I of a one of b, moving earlier pairs when that helps (augmenting paths): the count then is the greatest there is,
   whichever name comes first. */
static bool pair_word(struct pairing *p,
                      size_t i) // NOLINT(misc-no-recursion): at most HOLDER_WORDS_MAX deep
{
    for (size_t j = 0; j < p->b->count; j++) {
        if (p->seen[j] || !same_word(&p->a->words[i], &p->b->words[j], p->test)) {
            continue;
        }
        p->seen[j] = true;
        if (!p->taken[j] || pair_word(p, p->partner[j])) {
            p->taken[j] = true;
            p->partner[j] = i;
            return true;
        }
    }
    return false;
}

static size_t paired(const struct name *a, const struct name *b, form_test *test)
{
    struct pairing p = {.a = a, .b = b, .test = test};
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        memset(p.seen, 0, sizeof p.seen);
        count += pair_word(&p, i) ? 1 : 0;
    }
    return count;
}

enum holder_match holder_name_compare(bytes a_text, bytes b_text)
{
    enum { CLOSE_WORDS_MIN = 2, ALONE_MAX = 1 };
    struct name a = {.count = 0}, b = {.count = 0};
    if (!name_read(a_text, &a) || !name_read(b_text, &b)) {
        return NAME_DIFFERENT;
    }
    size_t fewer = a.count < b.count ? a.count : b.count;
    size_t more = a.count < b.count ? b.count : a.count;
    if (fewer == more && paired(&a, &b, same_letters) == fewer) {
        return NAME_SAME;
    }
    bool close = paired(&a, &b, same_sound) == fewer && fewer >= CLOSE_WORDS_MIN &&
                 more - fewer <= ALONE_MAX;
    return close ? NAME_CLOSE : NAME_DIFFERENT;
}

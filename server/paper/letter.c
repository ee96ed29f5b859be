#include "paper/letter.h"

#include <ctype.h>
#include <math.h>

#include "base/array.h"
#include "base/wipe.h"
#include "paper/letter_text.h"
#include "paper/letterhead.h"
#include "paper/qr.h"
#include "paper/text.h"
#include "paper/words.h"

static const struct text_style body = {.size = 9.2};
static const struct text_style heading = {.size = 9.2, .bold = true, .colour = &colour_accent};
static const struct text_style warning = {.size = 10, .bold = true};
static const struct text_style title = {.size = 13.5, .bold = true, .colour = &colour_accent};

/* The code's panel ends right above the second fold; its screens begin right below. */
static const struct box panel = {SHEET_LEFT, 157, SHEET_RIGHT - SHEET_LEFT, 37.5};
static const struct box qr_box = {SHEET_LEFT + 1.5, 162, 31, 31};
static const struct box code_box = {SHEET_LEFT + 36, 181, SHEET_RIGHT - SHEET_LEFT - 36, 12};

/* Lines of a screen, so far apart. */
#define LARGE_PITCH 9.0
#define SMALL_PITCH 1.9

struct code_words {
    char grouped[WORDS_CODE_MAX];
    char uri[LETTER_ID_MAX + LETTER_CODE_MAX + 32];
};

struct enrolment {
    const struct enrolment_letter *letter;
    struct code_words words;
};

static const char *in(enum letter_text text, enum language language)
{
    return letter_text(text, language);
}

static struct text_pair both(enum letter_text text)
{
    return (struct text_pair){in(text, LANGUAGE_FR), in(text, LANGUAGE_AR)};
}

static void flow(struct sheet *sheet, const struct text_style *style, enum letter_text text)
{
    const struct text_pair pair = both(text);
    text_pair_flow(sheet, style, &pair);
}

static void section(struct sheet *sheet, enum letter_text head, enum letter_text text)
{
    flow(sheet, &heading, head);
    flow(sheet, &body, text);
    sheet->y += 1.5;
}

/* How long, how often, and what no letter of it is. */
struct validity {
    char until[256], tries[256];
    const char *alphabet;
};

static struct validity validity_in(const struct enrolment_letter *letter, enum language language)
{
    char date[WORDS_DATE_MAX];
    struct validity validity = {.alphabet = in(LETTER_ALPHABET, language)};
    words_date(letter->valid_until, language, date);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* our own texts */
    (void)snprintf(validity.until, sizeof(validity.until), in(LETTER_VALID, language), date);
    (void)snprintf(validity.tries, sizeof(validity.tries), in(LETTER_TRIES, language),
                   letter->tries);
#pragma GCC diagnostic pop
    return validity;
}

static const struct text_style until_style = {.size = 9.2, .bold = true};
static const struct text_style tries_style = {.size = 7.8, .colour = &colour_quiet};

static void panel_validity(struct sheet *sheet, const struct enrolment_letter *letter,
                           struct place place)
{
    const struct validity fr = validity_in(letter, LANGUAGE_FR);
    const struct validity ar = validity_in(letter, LANGUAGE_AR);
    const struct text_pair until = {fr.until, ar.until}, tries = {fr.tries, ar.tries},
                           alphabet = {fr.alphabet, ar.alphabet};
    place.y += text_pair_draw(sheet, &until_style, &until, place);
    place.y += text_pair_draw(sheet, &tries_style, &tries, place);
    (void)text_pair_draw(sheet, &tries_style, &alphabet, place);
}

static void code_panel(struct sheet *sheet, const struct enrolment *enrolment)
{
    const struct text_style code = {
        .size = 25, .bold = true, .align = ALIGN_CENTRE, .spacing = 1.5};
    const struct text_pair label = both(LETTER_CODE);
    struct place place = {code_box.x, panel.y + 2.5, code_box.width - 4};
    sheet_fill(sheet, panel, &colour_tint);
    sheet_frame(sheet, panel, 0.35, &colour_accent);
    qr_draw(sheet, enrolment->words.uri, qr_box);
    place.y += text_pair_draw(sheet, &heading, &label, place);
    panel_validity(sheet, enrolment->letter, place);
    (void)text_draw(sheet, &code, enrolment->words.grouped,
                    (struct place){code_box.x, code_box.y, code_box.width});
}

static void random_row(uint32_t *seed, char *row, size_t len)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (size_t i = 0; i < len; i++) {
        *seed ^= *seed << 13; /* Marsaglia's xorshift */
        *seed ^= *seed >> 17;
        *seed ^= *seed << 5;
        row[i] = alphabet[*seed % 32];
    }
    row[len] = '\0';
}

/* Letters and digits as dense and as large as the code's own, where the fold lays them over it.  Always the same ones:
   they say nothing about the code. */
static void screen(struct sheet *sheet, struct box box)
{
    enum { LARGE = 40, SMALL = 160 };
    char row[SMALL + 1];
    const struct text_style large = {.size = 25, .bold = true, .colour = &colour_accent};
    const struct text_style small = {.size = 7, .bold = true, .colour = &colour_quiet};
    uint32_t seed = 2463534242U;
    cairo_save(sheet->cr);
    cairo_rectangle(sheet->cr, box.x, box.y, box.width, box.height);
    cairo_clip(sheet->cr);
    for (int i = 0; i < (int)(box.height / LARGE_PITCH) + 2; i++) {
        random_row(&seed, row, LARGE);
        (void)text_draw(sheet, &large, row,
                        (struct place){box.x - 2, box.y - 3 + i * LARGE_PITCH, 400});
    }
    for (int i = 0; i < (int)(box.height / SMALL_PITCH) + 2; i++) {
        random_row(&seed, row, SMALL);
        (void)text_draw(sheet, &small, row,
                        (struct place){box.x - 1, box.y - 2 + i * SMALL_PITCH, 400});
    }
    cairo_restore(sheet->cr);
}

static struct box across_fold(struct box box)
{
    return (struct box){box.x, 2 * FOLD_SECOND - box.y - box.height, box.width, box.height};
}

static double english(struct sheet *sheet, const struct text_style *style, const char *text)
{
    return text_draw(sheet, style, text,
                     (struct place){SHEET_LEFT, sheet->y, SHEET_RIGHT - SHEET_LEFT});
}

static double english_part(struct sheet *sheet, const struct text_style *style,
                           enum letter_text text)
{
    return english(sheet, style, in(text, LANGUAGE_EN));
}

static void english_page(struct sheet *sheet, const struct enrolment_letter *letter)
{
    static const enum letter_text sections[][2] = {
        {LETTER_SECRET_TITLE, LETTER_SECRET},
        {LETTER_AGENCY_TITLE, LETTER_AGENCY},
        {LETTER_STRANGER_TITLE, LETTER_STRANGER},
    };
    const struct text_style text = {.size = 10.5};
    const struct text_style head = {.size = 10.5, .bold = true, .colour = &colour_accent};
    sheet->y += english_part(sheet, &title, LETTER_TITLE) + 3;
    sheet->y += english_part(sheet, &text, LETTER_INTRO) + 2;
    sheet->y += english_part(sheet, &text, LETTER_STEPS) + 4;
    const struct validity validity = validity_in(letter, LANGUAGE_EN);
    sheet->y += english(sheet, &until_style, validity.until);
    sheet->y += english(sheet, &tries_style, validity.tries);
    sheet->y += english(sheet, &tries_style, validity.alphabet) + 4;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        sheet->y += english_part(sheet, &head, sections[i][0]);
        sheet->y += english_part(sheet, &text, sections[i][1]) + 3;
    }
}

/* The last third: the screens, beside and below them what must not be missed. */
static void last_third(struct sheet *sheet)
{
    const struct text_pair head = both(LETTER_SECRET_TITLE), text = both(LETTER_SECRET);
    const struct box qr_screen = across_fold(qr_box), code_screen = across_fold(code_box);
    struct place place = {code_box.x, code_screen.y + code_screen.height + 1.5, code_box.width};
    screen(sheet, qr_screen);
    screen(sheet, code_screen);
    place.y += text_pair_draw(sheet, &warning, &head, place);
    (void)text_pair_draw(sheet, &body, &text, place);
    sheet->y = qr_screen.y + qr_screen.height + 4;
    section(sheet, LETTER_STRANGER_TITLE, LETTER_STRANGER);
    section(sheet, LETTER_AGENCY_TITLE, LETTER_AGENCY);
}

static void draw_enrolment(struct sheet *sheet)
{
    const struct enrolment *enrolment = sheet->plan->content;
    flow(sheet, &title, LETTER_TITLE);
    sheet->y += 3;
    flow(sheet, &body, LETTER_INTRO);
    sheet->y += 2;
    flow(sheet, &body, LETTER_STEPS);
    code_panel(sheet, enrolment);
    last_third(sheet);
    if (enrolment->letter->head.preferred == LANGUAGE_EN) {
        sheet_next_page(sheet);
        english_page(sheet, enrolment->letter);
    }
}

static void enrolment_page(struct sheet *sheet)
{
    const struct enrolment *enrolment = sheet->plan->content;
    letterhead_page(sheet, &enrolment->letter->head);
}

static bool id_fits(const char *id)
{
    size_t len = strnlen(id, LETTER_ID_MAX + 1);
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)id[i]) && id[i] != '_') {
            return false;
        }
    }
    return len > 0 && len <= LETTER_ID_MAX;
}

static status make_words(const struct enrolment_letter *letter, struct code_words *words)
{
    char code[LETTER_CODE_MAX + 1];
    size_t len = 0;
    if (!id_fits(letter->enrolment_id) || !words_code(letter->code, words->grouped)) {
        return FAIL(PAPER_CONTENT);
    }
    for (; letter->code[len] != '\0'; len++) {
        code[len] = (char)toupper((unsigned char)letter->code[len]);
    }
    code[len] = '\0';
    (void)snprintf(words->uri, sizeof(words->uri), "hayat:enrol?id=%s&code=%s",
                   letter->enrolment_id, code);
    wipe(code, sizeof(code));
    return STATUS_OK;
}

status letter_enrolment(struct paper *paper, const struct enrolment_letter *letter,
                        const struct paper_output *output)
{
    struct enrolment enrolment = {.letter = letter};
    TRY(letterhead_check(&letter->head));
    if (!date_valid(letter->valid_until)) {
        return FAIL(PAPER_CONTENT);
    }
    TRY(make_words(letter, &enrolment.words));
    const struct sheet_plan plan = {
        .title = in(LETTER_TITLE, LANGUAGE_FR),
        .created_ms = letter->head.created_ms,
        .bottom = LETTER_BOTTOM,
        .page = enrolment_page,
        .draw = draw_enrolment,
        .content = &enrolment,
    };
    status s = sheet_produce(paper, &plan, output);
    wipe(&enrolment.words, sizeof(enrolment.words));
    return s;
}

/*
 * Every text message takes the parts it was promised to: French and English ones stay in the GSM alphabet and in one part, Arabic codes take one
 * part, Arabic notices at most two; every kind of notice has its texts in three languages.
 */
#include "outbound/texts.h"

#include "outbound/gsm7.h"
#include "service/notice.h"
#include "tests/support/cm.h"

static struct sms_size measured(const char *text)
{
    struct sms_size size;
    assert_true(sms_measure(bytes_str(text), &size));
    return size;
}

static char *repeated(const char *piece, size_t count, char *out)
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        memcpy(out + i * strlen(piece), piece, strlen(piece) + 1);
    }
    return out;
}

static void parts_are_counted_as_the_standard_says(void **state)
{
    (void)state;
    char text[2000];
    assert_int_equal(measured("").parts, 1);
    assert_int_equal(measured(repeated("a", 160, text)).parts, 1);
    assert_int_equal(measured(repeated("a", 161, text)).parts, 2);
    assert_int_equal(measured(repeated("é", 306, text)).parts, 2);
    assert_int_equal(measured(repeated("a", 307, text)).parts, 3);
    assert_int_equal(measured(repeated("€", 80, text)).parts, 1); /* two septets each */
    assert_int_equal(measured(repeated("{", 81, text)).parts, 2);
    assert_int_equal(measured(repeated("ح", 70, text)).parts, 1);
    assert_int_equal(measured(repeated("ح", 71, text)).parts, 2);
    assert_int_equal(measured(repeated("ح", 135, text)).parts, 3);
    assert_int_equal(measured(repeated("\U0001F600", 35, text)).parts, 1); /* two units each */
    assert_int_equal(measured(repeated("\U0001F600", 36, text)).parts, 2);
}

static void the_alphabet_is_gsm_03_38(void **state)
{
    (void)state;
    /* All 127 characters of the default alphabet (without the escape) and the ten of its extension. */
    assert_true(measured("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
                    .gsm7);
    assert_int_equal(measured("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
                              "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
                         .units,
                     127);
    assert_int_equal(measured("^{}\\[~]|€\f").units, 20);
    const char *outside[] = {"ê", "ç", "ô", "î", "û", "â", "ë", "ï", "À", "È", "’", "`", "\t", "«"};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        assert_false(measured(outside[i]).gsm7);
    }
    struct sms_size size;
    assert_false(sms_measure(bytes_str("\xC3"), &size));
}

static struct sms_size message_size(enum message_what what, uint32_t kind, enum language language)
{
    char text[SMS_TEXT_MAX];
    struct outbound_message message = {.what = what,
                                       .notice_kind = kind,
                                       .language = language,
                                       .code = what == MESSAGE_CODE ? "99999999"
                                                                    : "9999-9999-9999-9999"};
    assert_true(text_sms(&message, text));
    return measured(text);
}

static void codes_take_one_part(void **state)
{
    (void)state;
    char text[SMS_TEXT_MAX];
    struct outbound_message message = {
        .what = MESSAGE_CODE, .language = LANGUAGE_FR, .code = "12345678"};
    assert_true(text_sms(&message, text));
    assert_non_null(strstr(text, "12345678"));
    for (int language = LANGUAGE_EN; language <= LANGUAGE_AR; language++) {
        struct sms_size size = message_size(MESSAGE_CODE, 0, (enum language)language);
        assert_int_equal(size.parts, 1);
        assert_int_equal(size.gsm7, language != LANGUAGE_AR);
    }
}

static void notices_take_what_they_may(void **state)
{
    (void)state;
    uint32_t kind;
    for (size_t i = 0; text_notice_at(i, &kind); i++) {
        for (int language = LANGUAGE_EN; language <= LANGUAGE_AR; language++) {
            struct sms_size size = message_size(MESSAGE_NOTICE, kind, (enum language)language);
            assert_true(size.parts <= (language == LANGUAGE_AR ? 2 : 1));
            assert_int_equal(size.gsm7, language != LANGUAGE_AR);
            struct notice_words words;
            const struct outbound_message message = {.notice_kind = kind,
                                                     .code = "9999-9999-9999-9999"};
            assert_true(text_notice(&message, (enum language)language, &words));
            assert_true(strlen(words.title) > 0 && strlen(words.body) > 0);
            assert_true(bytes_is_text(bytes_str(words.body)));
        }
    }
}

/* "Was it not you?" stands under what somebody did with the account, not under what the fund decided. */
static void nobody_is_asked_whether_they_suspended_themselves(void **state)
{
    (void)state;
    static const struct {
        uint32_t kind;
        bool asked;
    } kinds[] = {{NOTICE_DEVICE_ADDED, true},
                 {NOTICE_BANK_CHANGED, true},
                 {NOTICE_CERTIFICATE_REMINDER, false},
                 {NOTICE_PENSION_SUSPENDED, false},
                 {NOTICE_PENSION_REINSTATED, false}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct notice_words words;
        const struct outbound_message message = {.notice_kind = kinds[i].kind};
        assert_true(text_notice(&message, LANGUAGE_EN, &words));
        assert_int_equal(strstr(words.body, "Was it not you?") != NULL, kinds[i].asked);
        assert_non_null(strstr(words.body, "will ever ask you for a code"));
    }
}

static void every_kind_has_its_texts(void **state)
{
    (void)state;
    char text[SMS_TEXT_MAX];
    uint32_t kind, last = 0;
    size_t count = 0;
    while (text_notice_at(count, &kind)) {
        assert_true(kind > last);
        last = kind;
        count++;
    }
    assert_true(count >= NOTICE_PENSION_REINSTATED); /* up to there without a gap */
    assert_true(text_notice_at(NOTICE_PENSION_REINSTATED - 1, &kind));
    assert_int_equal(kind, NOTICE_PENSION_REINSTATED);
    struct outbound_message message = {.what = MESSAGE_NOTICE, .notice_kind = 99};
    assert_false(text_sms(&message, text));
    struct notice_words words;
    assert_false(text_notice(&message, LANGUAGE_FR, &words));
    message.notice_kind = NOTICE_BANK_CHANGE_STARTED; /* worth nothing without its code */
    assert_false(text_sms(&message, text));
    assert_false(text_notice(&message, LANGUAGE_FR, &words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_counted_as_the_standard_says),
        cmocka_unit_test(the_alphabet_is_gsm_03_38),
        cmocka_unit_test(codes_take_one_part),
        cmocka_unit_test(notices_take_what_they_may),
        cmocka_unit_test(nobody_is_asked_whether_they_suspended_themselves),
        cmocka_unit_test(every_kind_has_its_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

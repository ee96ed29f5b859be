/*
 * An e-mail is ASCII in lines of at most 78 bytes whatever is in it, its words are cut between characters, nothing in it can end a header line,
 * and who answers what decides whether it is tried again, given up, or delivered; a wake-up that nobody waits for is known by its answer.
 */
#include "outbound/mail.h"

#include <sodium.h>

#include "outbound/outbound_mail.h"
#include "outbound/push.h"
#include "outbound/smtp.h"
#include "outbound/texts.h"
#include "tests/support/cm.h"

static struct mail sample(void)
{
    return (struct mail){
        .id = "obx_00000000000000000000000001",
        .from_address = "hayat@fonds.example",
        .from_name = "صندوق مخترع للتأمين عن المرض باسم طويل جدا لا يتسع له سطر واحد",
        .to = "inventee@example.invalid",
        .subject = "Votre certificat de vie est accepté : plus rien n’est nécessaire cette année",
        .body = "Première ligne, avec des accents : é è à.\nالسطر الثاني بالعربية.\n.\nfin",
        .language = "fr",
        .date_ms = 1795890600000};
}

static void assert_lines(const char *text, size_t len)
{
    size_t line = 0;
    for (size_t i = 0; i < len; i++) {
        assert_true((unsigned char)text[i] < 128);
        if (text[i] == '\n') {
            assert_true(i > 0 && text[i - 1] == '\r');
            line = 0;
        } else {
            line++;
            assert_true(line <= 79); /* with its carriage return */
        }
    }
    assert_int_equal(line, 0);
}

/* The encoded words after HEADER, decoded one by one: each must be UTF-8 by itself. */
static void decode_words(const char *text, const char *header, char *out, size_t size)
{
    const char *at = strstr(text, header);
    size_t len = 0;
    assert_non_null(at);
    for (at += strlen(header); strncmp(at, "=?UTF-8?B?", 10) == 0;) {
        const char *end = strstr(at, "?=");
        size_t got = 0;
        assert_true(end != NULL && end - at + 2 <= 75);
        assert_int_equal(sodium_base642bin((unsigned char *)out + len, size - len, at + 10,
                                           (size_t)(end - at - 10), NULL, &got, NULL,
                                           sodium_base64_VARIANT_ORIGINAL),
                         0);
        assert_true(bytes_is_text(bytes_of(out + len, got)));
        len += got;
        at = end + 2;
        at += strncmp(at, "\r\n =?", 5) == 0 ? 3 : 0;
    }
    out[len] = '\0';
}

static void an_email_is_what_every_server_takes(void **state)
{
    (void)state;
    static char text[MAIL_BYTES_MAX + 1];
    char decoded[512];
    size_t len;
    struct mail mail = sample();
    assert_true(mail_build(&mail, text, &len));
    text[len] = '\0';
    assert_lines(text, len);
    decode_words(text, "Subject: ", decoded, sizeof decoded);
    assert_string_equal(decoded, mail.subject);
    decode_words(text, "From: ", decoded, sizeof decoded);
    assert_string_equal(decoded, mail.from_name);
    assert_non_null(strstr(text, "\r\n <hayat@fonds.example>\r\n"));
    assert_non_null(strstr(text, "\r\nTo: <inventee@example.invalid>\r\n"));
    assert_non_null(
        strstr(text, "\r\nMessage-ID: <obx_00000000000000000000000001@fonds.example>\r\n"));
    assert_non_null(strstr(text, "Date: "));
    assert_non_null(strstr(text, " 2026 "));
}

static void nothing_ends_a_header(void **state)
{
    (void)state;
    static char text[MAIL_BYTES_MAX];
    static char long_body[5000];
    size_t len;
    struct mail mail = sample();
    mail.to = "a@example.com>\r\nBcc: b@example.com";
    assert_false(mail_build(&mail, text, &len));
    mail = sample();
    mail.subject = "one\nBcc: two";
    assert_false(mail_build(&mail, text, &len));
    mail = sample();
    memset(long_body, 'x', sizeof long_body - 1);
    mail.body = long_body;
    assert_false(mail_build(&mail, text, &len));
}

static void what_is_said_in_each_language(void **state)
{
    (void)state;
    static char text[MAIL_BYTES_MAX];
    const struct mail_sender sender = {"hayat@fonds.example", "Caisse inventée", "صندوق مخترع"};
    for (enum language language = LANGUAGE_EN; language <= LANGUAGE_AR; language++) {
        struct outbound_message message = {.id = "obx_1",
                                           .language = language,
                                           .what = MESSAGE_CODE,
                                           .email_address = "a@example.com",
                                           .code = "12345678"};
        struct mail_words words;
        size_t len;
        assert_true(text_mail(&message, &words));
        assert_non_null(strstr(words.body, "12345678"));
        assert_null(strstr(words.body, "http"));
        assert_true(outbound_mail(&sender, &message, text, &len));
        message.what = MESSAGE_WAKE;
        assert_false(text_mail(&message, &words));
        message.what = MESSAGE_NOTICE;
        message.notice_kind = 28;
        assert_true(text_mail(&message, &words));
        message.notice_kind = 99;
        assert_false(text_mail(&message, &words));
    }
}

static enum verdict verdict(struct smtp_end end, const char *command)
{
    (void)snprintf(end.command, sizeof end.command, "%s", command);
    return smtp_verdict(&end);
}

static enum verdict told(long code, const char *command)
{
    return verdict((struct smtp_end){.error = 1, .code = code}, command);
}

static void what_a_mail_server_says(void **state)
{
    (void)state;
    assert_int_equal(verdict((struct smtp_end){.taken = true, .code = 250}, "DATA"),
                     VERDICT_DELIVERED);
    assert_int_equal(told(550, "RCPT"), VERDICT_REFUSED);
    assert_int_equal(told(451, "RCPT"), VERDICT_LATER);
    assert_int_equal(told(554, "DATA"), VERDICT_REFUSED);
    assert_int_equal(told(550, "MAIL"), VERDICT_RETRY); /* our sender */
    assert_int_equal(told(535, "AUTH"), VERDICT_RETRY);
    assert_int_equal(told(554, ""), VERDICT_RETRY);
    assert_int_equal(told(0, ""), VERDICT_RETRY);
    assert_int_equal(told(250, "RCPT"), VERDICT_RETRY); /* cut */
    struct smtp_end silent = {.silent = true, .error = 1, .code = 554};
    assert_int_equal(verdict(silent, "DATA"), VERDICT_RETRY);
}

static void what_a_push_service_says(void **state)
{
    (void)state;
    bool gone;
    assert_int_equal(push_verdict(200, &gone), VERDICT_DELIVERED);
    assert_int_equal(push_verdict(202, &gone), VERDICT_DELIVERED);
    assert_false(gone);
    assert_int_equal(push_verdict(410, &gone), VERDICT_REFUSED);
    assert_true(gone);
    assert_int_equal(push_verdict(400, &gone), VERDICT_REFUSED);
    assert_false(gone);
    static const long again[] = {204, 301, 401, 403, 429, 500, 503};
    for (size_t i = 0; i < sizeof again / sizeof again[0]; i++) {
        assert_int_equal(push_verdict(again[i], &gone), VERDICT_RETRY);
        assert_false(gone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_email_is_what_every_server_takes),
        cmocka_unit_test(nothing_ends_a_header),
        cmocka_unit_test(what_is_said_in_each_language),
        cmocka_unit_test(what_a_mail_server_says),
        cmocka_unit_test(what_a_push_service_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

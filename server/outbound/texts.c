#include "outbound/texts.h"

#include <stdio.h>

#include "base/array.h"
#include "base/wipe.h"

enum { LANGUAGES = 3 };

static const char *const code_texts[LANGUAGES] = {
#define SMS(name, en, fr, ar) en, fr, ar
#include "outbound/texts.def"
};

static const struct {
    const char *subject[LANGUAGES], *body[LANGUAGES];
} code_mail = {
#define MAIL(name, subject_en, subject_fr, subject_ar, en, fr, ar)                                 \
    {subject_en, subject_fr, subject_ar},                                                          \
    {                                                                                              \
        en, fr, ar                                                                                 \
    }
#include "outbound/texts.def"
};

/* What every letter ends with. */
static const char *const not_you[LANGUAGES] = {
    "Was it not you? Go to any agency with your national identity card: it will close what must be "
    "closed. Nobody from the fund will ever ask you for a code.",
    "Ce n’était pas vous\u00a0? Présentez-vous dans une agence avec votre carte nationale "
    "d’identité\u00a0: elle fermera ce qui doit l’être. Personne à la caisse ne vous demandera "
    "jamais un code.",
    "لم تكونوا أنتم؟ توجهوا إلى أي وكالة ببطاقتكم الوطنية للتعريف لإغلاق ما يجب إغلاقه. لن يطلب "
    "منكم أي مستخدم بالصندوق رمزا أبدا.",
};
static const char *const any_agency[LANGUAGES] = {
    "Any agency answers your questions, and tells you how to object to a decision. Nobody from the "
    "fund will ever ask you for a code.",
    "Toute agence répond à vos questions et vous dit comment contester une décision. Personne à la "
    "caisse ne vous demandera jamais un code.",
    "تجيب كل وكالة عن أسئلتكم وتبين لكم كيفية الطعن في أي قرار. لن يطلب منكم أي مستخدم بالصندوق "
    "رمزا أبدا.",
};

struct notice_row {
    uint32_t kind;
    const char *const *ending;
    const char *sms[LANGUAGES], *title[LANGUAGES], *body[LANGUAGES];
};

static const struct notice_row notices[] = {
#define ROW(number, ending, sms_en, sms_fr, sms_ar, title_en, title_fr, title_ar, en, fr, ar)      \
    {(number), ending, {sms_en, sms_fr, sms_ar}, {title_en, title_fr, title_ar}, {en, fr, ar}},
#define NOTICE(number, name, ...) ROW(number, not_you, __VA_ARGS__)
#define PENSION_NOTICE(number, name, ...) ROW(number, any_agency, __VA_ARGS__)
#include "outbound/texts.def"
};

static const struct notice_row *find(uint32_t kind)
{
    for (size_t i = 0; i < ARRAY_LEN(notices); i++) {
        if (notices[i].kind == kind) {
            return &notices[i];
        }
    }
    return NULL;
}

/* The list's texts hold one %s at most, and nothing else to convert: there the code goes, and without one nothing is sent. */
static bool put_code(const char *text, const char *code, char *out, size_t size)
{
    const char *place = strstr(text, "%s");
    bool has_code = code != NULL && code[0] != '\0';
    if (place != NULL && !has_code) {
        return false;
    }
    int len = place == NULL
                  ? snprintf(out, size, "%s", text)
                  : snprintf(out, size, "%.*s%s%s", (int)(place - text), text, code, place + 2);
    return len > 0 && (size_t)len < size;
}

bool text_sms(const struct outbound_message *message, char out[SMS_TEXT_MAX])
{
    if (message->what == MESSAGE_CODE) {
        return put_code(code_texts[message->language], message->code, out, SMS_TEXT_MAX);
    }
    const struct notice_row *row = find(message->notice_kind);
    return row != NULL && put_code(row->sms[message->language], message->code, out, SMS_TEXT_MAX);
}

bool text_notice(const struct outbound_message *message, enum language language,
                 struct notice_words *ret_words)
{
    char body[NOTICE_BODY_MAX];
    const struct notice_row *row = find(message->notice_kind);
    if (row == NULL || !put_code(row->body[language], message->code, body, sizeof body)) {
        return false;
    }
    ret_words->title = row->title[language];
    int len = snprintf(ret_words->body, sizeof ret_words->body, "%s\n%s", body,
                       row->ending[language]);
    return len > 0 && (size_t)len < sizeof ret_words->body;
}

/* What every e-mail ends with: nothing in it is to be clicked on. */
static const char *const mail_end[LANGUAGES] = {
    "This message was sent by itself. Nobody from the fund asks for a code or a password by "
    "e-mail.",
    "Ce message est automatique. Personne à la caisse ne demande de code ni de mot de passe par "
    "e-mail.",
    "هذه الرسالة آلية. لا يطلب أي مستخدم بالصندوق رمزا أو كلمة سر بالبريد الإلكتروني.",
};

/* The subject's words live as long as the message and the tables here. */
static bool mail_content(const struct outbound_message *message, const char **ret_subject,
                         char *body, size_t size)
{
    struct notice_words notice;
    int len = 0;
    switch (message->what) {
    case MESSAGE_CODE:
        *ret_subject = code_mail.subject[message->language];
        return put_code(code_mail.body[message->language], message->code, body, size);
    case MESSAGE_NOTICE:
        if (!text_notice(message, message->language, &notice)) {
            return false;
        }
        *ret_subject = notice.title;
        len = snprintf(body, size, "%s", notice.body);
        break;
    case MESSAGE_NEWS:
        *ret_subject = message->title;
        len = snprintf(body, size, "%s", message->body);
        break;
    case MESSAGE_WAKE:
    case MESSAGE_EVENT:
        return false;
    }
    return len > 0 && (size_t)len < size;
}

bool text_mail(const struct outbound_message *message, struct mail_words *ret_words)
{
    char body[MAIL_BODY_MAX];
    const char *title = NULL;
    if (!mail_content(message, &title, body, sizeof body)) {
        return false;
    }
    int subject = snprintf(ret_words->subject, sizeof ret_words->subject, "%s", title);
    int len = snprintf(ret_words->body, sizeof ret_words->body, "%s\n\n-- \n%s\n", body,
                       mail_end[message->language]);
    wipe(body, sizeof body);
    return subject > 0 && (size_t)subject < sizeof ret_words->subject && len > 0 &&
           (size_t)len < sizeof ret_words->body;
}

const char *text_tag(enum language language)
{
    return language == LANGUAGE_AR ? "ar" : language == LANGUAGE_EN ? "en" : "fr";
}

bool text_notice_at(size_t index, uint32_t *ret_kind)
{
    if (index >= ARRAY_LEN(notices)) {
        return false;
    }
    *ret_kind = notices[index].kind;
    return true;
}

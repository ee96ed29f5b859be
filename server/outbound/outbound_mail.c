#include "outbound/outbound_mail.h"

#include "base/wipe.h"
#include "outbound/texts.h"

bool outbound_mail(const struct mail_sender *sender, const struct outbound_message *message,
                   char out[MAIL_BYTES_MAX], size_t *ret_len)
{
    struct mail_words words;
    const struct mail mail = {
        .id = message->id,
        .from_address = sender->address,
        .from_name = message->language == LANGUAGE_AR ? sender->name_ar : sender->name_fr,
        .to = message->email_address,
        .subject = words.subject,
        .body = words.body,
        .language = text_tag(message->language),
        .date_ms = message->now_ms,
    };
    bool built = text_mail(message, &words) && mail_build(&mail, out, ret_len);
    wipe(&words, sizeof words);
    return built;
}

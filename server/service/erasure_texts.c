#include "service/erasure_texts.h"

#include "service/retention.h"
#include "service/text_fill.h"
#include "storage/table.h"

enum { LANGUAGES = 3 };

const char *erasure_text_taken(bool all, enum language language)
{
    static const char *const texts[2][LANGUAGES] = {
        {[LANGUAGE_EN] =
             "Erased at once: your devices and ways to sign in, your inbox and preferences with "
             "your e-mail "
             "address, statements made for you, videos of certificates that were decided on.",
         [LANGUAGE_FR] =
             "Effacé aussitôt : vos appareils et moyens de connexion, votre boîte de réception et "
             "vos "
             "préférences avec votre adresse e-mail, les relevés établis pour vous, les vidéos des "
             "certificats déjà décidés.",
         [LANGUAGE_AR] = "يمحى فورا: أجهزتكم ووسائل الدخول، وصندوق رسائلكم وتفضيلاتكم مع بريدكم "
                         "الإلكتروني، والكشوف "
                         "المعدة لكم، وتسجيلات الشهادات التي تم البت فيها."},
        {[LANGUAGE_EN] = "Erased, since you have left: who you are, your family, cards, "
                         "photographs, rights, pension and "
                         "account; your devices and ways to sign in, your inbox and preferences, "
                         "statements made for you, "
                         "videos of certificates that were decided on.",
         [LANGUAGE_FR] = "Effacé, puisque vous n'êtes plus assuré : votre identité, votre famille, "
                         "vos cartes, photos, "
                         "droits, pension et compte ; vos appareils et moyens de connexion, votre "
                         "boîte de réception et "
                         "vos préférences, les relevés établis pour vous, les vidéos des "
                         "certificats déjà décidés.",
         [LANGUAGE_AR] = "يمحى لأنكم لم تعودوا مؤمنين: هويتكم وأسرتكم وبطاقاتكم وصوركم وحقوقكم "
                         "ومعاشكم وحسابكم، وأجهزتكم "
                         "ووسائل الدخول، وصندوق رسائلكم وتفضيلاتكم، والكشوف المعدة لكم، وتسجيلات "
                         "الشهادات التي تم البت "
                         "فيها."},
    };
    return texts[all][language];
}

const char *erasure_text_asking(enum language language)
{
    static const char *const texts[LANGUAGES] = {
        [LANGUAGE_EN] =
            ("Ask the fund to erase what it has on file about me. Two persons decide. With a yes "
             "all devices are signed out, and what the law does not make the fund keep is erased "
             "for good."),
        [LANGUAGE_FR] =
            ("Demander à la caisse d'effacer ce qu'elle détient à mon sujet. Deux personnes "
             "décident. En cas d'accord, tous les appareils sont déconnectés et ce que la loi "
             "n'oblige pas la caisse à garder est effacé définitivement."),
        [LANGUAGE_AR] = ("أطلب من الصندوق محو ما لديه بشأني. يقرر شخصان. عند الموافقة تفصل كل "
                         "الأجهزة ويمحى نهائيا ما لا يلزم القانون الصندوق بالاحتفاظ به.")};
    return texts[language];
}

/* By period; {1} is how long.  NULL: nothing of a member stays by it after an erasure. */
static const char *const kept[PERIOD_COUNT][LANGUAGES] = {
    [PERIOD_insured] = {[LANGUAGE_EN] = "Who you are, your family, cards, photographs, rights, "
                                        "pension and account: while you are "
                                        "insured, and {1} after.",
                        [LANGUAGE_FR] = "Votre identité, votre famille, vos cartes, photos, "
                                        "droits, pension et compte : tant que vous "
                                        "êtes assuré, et {1} après.",
                        [LANGUAGE_AR] = "هويتكم وأسرتكم وبطاقاتكم وصوركم وحقوقكم ومعاشكم وحسابكم: "
                                        "ما دمتم مؤمنين و{1} بعد ذلك."},
    [PERIOD_documents] = {[LANGUAGE_EN] = "Documents of life certificates: {1} after the decision.",
                          [LANGUAGE_FR] =
                              "Documents des certificats de vie : {1} après la décision.",
                          [LANGUAGE_AR] = "وثائق شهادات الحياة: {1} بعد القرار."},
    [PERIOD_certificates] =
        {[LANGUAGE_EN] = "Life certificates and what was decided on them: {1} after the decision.",
         [LANGUAGE_FR] = "Certificats de vie et décisions prises : {1} après la décision.",
         [LANGUAGE_AR] = "شهادات الحياة وما تقرر بشأنها: {1} بعد القرار."},
    [PERIOD_deliveries] =
        {[LANGUAGE_EN] = "That letters and messages were sent to you, without their words: {1}.",
         [LANGUAGE_FR] =
             "Que des courriers et messages vous ont été envoyés, sans leur contenu : {1}.",
         [LANGUAGE_AR] = "كون رسائل أرسلت إليكم دون مضمونها: {1}."},
    [PERIOD_health] = {[LANGUAGE_EN] =
                           "Claims and prior authorisations: {1} after their last change.",
                       [LANGUAGE_FR] = "Dossiers de remboursement et ententes préalables : {1} "
                                       "après leur dernière modification.",
                       [LANGUAGE_AR] = "ملفات التعويض والموافقات المسبقة: {1} بعد آخر تغيير."},
    [PERIOD_bank] = {[LANGUAGE_EN] = "Past accounts and changes of account: {1}.",
                     [LANGUAGE_FR] = "Anciens comptes et changements de compte : {1}.",
                     [LANGUAGE_AR] = "الحسابات السابقة وتغييرات الحساب: {1}."},
    [PERIOD_tasks] =
        {[LANGUAGE_EN] = "What persons of the fund decided about you, with their reasons: {1}.",
         [LANGUAGE_FR] =
             "Ce que des personnes de la caisse ont décidé à votre sujet, avec les motifs : {1}.",
         [LANGUAGE_AR] = "ما قرره مستخدمو الصندوق بشأنكم مع الأسباب: {1}."},
    [PERIOD_identity_checks] =
        {[LANGUAGE_EN] = "That you showed an identity document at a counter: {1}.",
         [LANGUAGE_FR] = "Que vous avez présenté une pièce d'identité au guichet : {1}.",
         [LANGUAGE_AR] = "كونكم أدليتم بوثيقة هوية في الشباك: {1}."},
    [PERIOD_rectifications] = {[LANGUAGE_EN] = "What you asked to be put right or erased: {1}.",
                               [LANGUAGE_FR] =
                                   "Ce que vous avez demandé de rectifier ou d'effacer : {1}.",
                               [LANGUAGE_AR] = "ما طلبتم تصحيحه أو محوه: {1}."},
};

static const char *const for_ever[LANGUAGES] = {
    [LANGUAGE_EN] = "That your data were read or changed, and by whom, under a code instead of "
                    "your name: for ever.",
    [LANGUAGE_FR] = "Que vos données ont été lues ou modifiées, et par qui, sous un code au lieu "
                    "de votre nom : sans limite.",
    [LANGUAGE_AR] = "كون بياناتكم قرئت أو غيرت ومن قام بذلك، تحت رمز بدل اسمكم: دون حد.",
};

/* --- how long --- */

/* What is counted, by how many: Arabic has a form for two, one from 3 to 10 and one from 11 on. */
static const char *noun_of(struct retention_value value, enum language language)
{
    enum { FORMS = 4 };
    static const char *const nouns[2][LANGUAGES][FORMS] = {
        {[LANGUAGE_EN] = {"{1} day", "{1} days", "{1} days", "{1} days"},
         [LANGUAGE_FR] = {"{1} jour", "{1} jours", "{1} jours", "{1} jours"},
         [LANGUAGE_AR] = {"يوم واحد", "يومان", "{1} أيام", "{1} يوما"}},
        {[LANGUAGE_EN] = {"{1} month", "{1} months", "{1} months", "{1} months"},
         [LANGUAGE_FR] = {"{1} mois", "{1} mois", "{1} mois", "{1} mois"},
         [LANGUAGE_AR] = {"شهر واحد", "شهران", "{1} أشهر", "{1} شهرا"}},
    };
    size_t form = value.limit <= 2 ? value.limit - 1 : value.limit <= 10 ? 2 : 3;
    return nouns[value.unit == RETENTION_MONTHS][language][form];
}

static char *duration(struct arena *arena, struct retention_value value, enum language language)
{
    static const char *const no_value[LANGUAGES] = {
        [LANGUAGE_EN] = "until the fund sets a term",
        [LANGUAGE_FR] = "tant que la caisse n'a pas fixé de durée",
        [LANGUAGE_AR] = "إلى أن يحدد الصندوق مدة",
    };
    const char *number = arena_printf(arena, "%u", value.limit);
    return value.limit == 0 ? arena_printf(arena, "%s", no_value[language])
                            : text_fill(arena, noun_of(value, language), &number, 1);
}

/* --- what there is --- */

static bool stop_at_first(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    (void)record;
    *(bool *)ctx = true;
    return false;
}

static bool is_kept_by(const struct table_info *table, enum retention_period period)
{
    bool judged = table->retention.kind == RETENTION_AFTER ||
                  table->retention.kind == RETENTION_AFTER_CASE;
    return table->of_member && judged && table->retention.period == period;
}

/* Members have no rows of their own in the table of tasks: the wish's is there. */
static status has_rows(struct txn *txn, struct owner owner, enum retention_period period,
                       bool *ret_has)
{
    *ret_has = period == PERIOD_insured || period == PERIOD_tasks;
    for (size_t i = 0; i < table_info_count && !*ret_has; i++) {
        struct scan scan = {.table = table_infos[i].id,
                            .owner = owner,
                            .prefix = key_owner(owner),
                            .keys_only = true};
        TRY(is_kept_by(&table_infos[i], period) ? table_scan(txn, &scan, stop_at_first, ret_has)
                                                : STATUS_OK);
    }
    return STATUS_OK;
}

static void add(struct erasure_kept *kept_texts, char *text)
{
    kept_texts->texts[kept_texts->count++] = text;
}

_Static_assert((int)PERIOD_COUNT < (int)ERASURE_KEPT_MAX, "one for each, and the audit chain's");

status erasure_texts_kept(struct txn *txn, struct owner owner, bool all, enum language language,
                          struct erasure_kept *ret_kept)
{
    struct arena *arena = txn_arena(txn);
    struct retention_terms terms;
    TRY(retention_terms_load(txn, &terms));
    ret_kept->count = 0;
    for (size_t i = 0; i < PERIOD_COUNT; i++) {
        bool has = false, taken = kept[i][language] == NULL || (all && i == PERIOD_insured);
        TRY(taken ? STATUS_OK : has_rows(txn, owner, (enum retention_period)i, &has));
        if (has) {
            const char *how_long = duration(arena, terms.values[i], language);
            add(ret_kept, text_fill(arena, kept[i][language], &how_long, 1));
        }
    }
    add(ret_kept, arena_printf(arena, "%s", for_ever[language]));
    return arena_check(arena);
}

status erasure_texts_copy(struct arena *arena, const struct erasure_kept *kept_texts,
                          char ***ret_texts, size_t *ret_count)
{
    char **texts = arena_array(arena, kept_texts->count, sizeof *texts);
    if (texts == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(texts, kept_texts->texts, kept_texts->count * sizeof *texts);
    *ret_texts = texts;
    *ret_count = kept_texts->count;
    return STATUS_OK;
}

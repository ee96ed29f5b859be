#include "renderer/receipt_words.h"

#include "base/array.h"

#define ITEM(name) HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_##name

static const struct text_pair texts[RECEIPT_WORDS] = {
    [RECEIPT_TITLE_FILING] = {"Récépissé de dépôt d’un certificat de vie",
                              "وصل إيداع شهادة الحياة"},
    [RECEIPT_TITLE_DECISION] = {"Décision sur un certificat de vie", "قرار بشأن شهادة الحياة"},
    [RECEIPT_SAYS_FILED] = {"Déposé dans les délais.", "تم الإيداع داخل الأجل."},
    [RECEIPT_SAYS_FILED_LATE] = {"Déposé après la date limite.", "تم الإيداع بعد انصرام الأجل."},
    [RECEIPT_SAYS_ACCEPTED] = {"Accepté : la preuve de vie est faite pour l’année.",
                               "مقبولة: ثبتت الحياة برسم السنة."},
    [RECEIPT_SAYS_CONFIRMED] =
        {"Accepté sur la foi de l’état civil : la preuve de vie est faite pour "
         "l’année.",
         "مقبولة بتأكيد من الحالة المدنية: ثبتت الحياة برسم السنة."},
    [RECEIPT_SAYS_REFUSED] = {"Refusé. Un autre certificat peut être déposé.",
                              "مرفوضة. يمكن إيداع شهادة أخرى."},
    [RECEIPT_NUMBER] = {"N° du récépissé", "رقم الوصل"},
    [RECEIPT_CERTIFICATE] = {"Certificat", "الشهادة"},
    [RECEIPT_YEAR] = {"Année", "السنة"},
    [RECEIPT_PENSION] = {"N° de pension", "رقم المعاش"},
    [RECEIPT_FILED_AT] = {"Déposé le", "تاريخ الإيداع"},
    [RECEIPT_DUE] = {"Date limite", "آخر أجل"},
    [RECEIPT_DECIDED_AT] = {"Décidé le", "تاريخ القرار"},
    [RECEIPT_FILING_NUMBER] = {"Récépissé du dépôt", "وصل الإيداع"},
    [RECEIPT_CONFIRMED_ON] = {"Confirmé par l’état civil au", "تاريخ تأكيد الحالة المدنية"},
    [RECEIPT_REGISTRY_REFERENCE] = {"Référence de l’état civil", "مرجع الحالة المدنية"},
    [RECEIPT_SHEETS] = {"Feuilles remises au guichet", "عدد الأوراق المسلمة بالشباك"},
    [RECEIPT_PAPER_REFERENCE] = {"Référence de l’agence", "مرجع الوكالة"},
    [RECEIPT_FINDINGS] = {"Empreinte SHA-256 des motifs", "بصمة الأسباب SHA-256"},
    [RECEIPT_NOTE] =
        {"Le code QR contient tout ce récépissé et sa signature électronique (Ed25519). Il se "
         "vérifie sans connexion, avec la seule clé publique de la caisse. Conservez cette page.",
         "يتضمن رمز الاستجابة السريعة كامل هذا الوصل وتوقيعه الإلكتروني (Ed25519). يتحقق منه دون "
         "اتصال بالمفتاح العمومي للصندوق وحده. احتفظوا بهذه الصفحة."},
};

/* An item of a newer server is a document. */
static const struct text_pair items[] = {
    [ITEM(UNSPECIFIED)] = {"Document", "وثيقة"},
    [ITEM(FORM)] = {"Formulaire", "المطبوع"},
    [ITEM(IDENTITY)] = {"Pièce d’identité", "وثيقة الهوية"},
    [ITEM(OTHER)] = {"Autre document", "وثيقة أخرى"},
    [ITEM(LIVENESS_VIDEO)] = {"Vidéo de preuve de vie", "فيديو إثبات الحياة"},
    [ITEM(WITNESS_IDENTITY)] = {"Pièce d’identité du témoin", "وثيقة هوية الشاهد"},
};

const struct text_pair *receipt_words(enum receipt_words words)
{
    return &texts[words];
}

const struct text_pair *receipt_item(Hayat__V1__DocumentItem item)
{
    return &items[(size_t)item < ARRAY_LEN(items) ? (size_t)item : 0];
}

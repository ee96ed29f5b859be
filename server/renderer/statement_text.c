#include "renderer/statement_text.h"

static const struct text_pair texts[STATEMENT_TEXTS] = {
    [STATEMENT_TITLE] = {"Relevé de remboursements", "كشف التعويضات عن المرض"},
    [STATEMENT_SUBTITLE] = {"Assurance maladie obligatoire. Document destiné à l’organisme "
                            "d’assurance complémentaire. Montants en dirhams (MAD).",
                            "التأمين الإجباري الأساسي عن المرض. وثيقة موجهة إلى هيئة التأمين "
                            "التكميلي. المبالغ بالدرهم المغربي (MAD)."},
    [STATEMENT_INSURED] = {"Assuré(e)", "المؤمن له"},
    [STATEMENT_REGISTRATION] = {"N° d’immatriculation", "رقم التسجيل"},
    [STATEMENT_BENEFICIARIES] = {"Bénéficiaire(s)", "المستفيدون"},
    [STATEMENT_PERIOD] = {"Dossiers payés", "الملفات المؤداة"},
    [STATEMENT_DATE] = {"Établi le", "حرر بتاريخ"},
    [STATEMENT_REFERENCE] = {"Référence", "المرجع"},
    [STATEMENT_CLAIMS] = {"Nombre de dossiers", "عدد الملفات"},
    [STATEMENT_BILLED] = {"Montant facturé", "المبلغ المفوتر"},
    [STATEMENT_REIMBURSED] = {"Montant remboursé par la caisse", "المبلغ المعوض من الصندوق"},
    [STATEMENT_TICKET] = {"Ticket modérateur", "الجزء المتبقي على عاتق المؤمن"},
    [STATEMENT_OVERRUN] = {"Dépassement du tarif", "التجاوز عن التعريفة"},
    [STATEMENT_NON_COVERED] = {"Non couvert", "غير مغطى"},
    [STATEMENT_TOTAL] = {"TOTAL", "المجموع"},
    [STATEMENT_SUBTOTAL] = {"Total dossier", "مجموع الملف"},
    [STATEMENT_NONE] = {"Aucun dossier n’a été payé pendant cette période.",
                        "لم يؤد أي ملف خلال هذه الفترة."},
    [STATEMENT_NOTE] =
        {"Ce relevé est signé électroniquement par la caisse. La signature accompagne le fichier ; "
         "elle se vérifie avec la clé publique de la caisse. L’empreinte ci-dessous est celle du "
         "contenu, la même dans les formes PDF, CSV et FHIR du relevé.",
         "هذا الكشف موقع إلكترونيا من طرف الصندوق. التوقيع مرفق بالملف ويتحقق منه بالمفتاح العمومي "
         "للصندوق. البصمة أسفله بصمة المحتوى، وهي نفسها في صيغ الكشف PDF وCSV وFHIR."},
    [STATEMENT_DIGEST] = {"Empreinte SHA-256 du contenu", "بصمة المحتوى SHA-256"},
};

const struct text_pair *statement_text(enum statement_text text)
{
    return &texts[text];
}

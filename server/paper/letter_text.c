#include "paper/letter_text.h"

/* English, French, Arabic: the order of enum language. */
static const char *const texts[LETTER_TEXTS][3] = {
    [LETTER_TITLE] = {"Your activation code", "Votre code d’activation", "رمز التفعيل الخاص بكم"},
    [LETTER_INTRO] =
        {"You asked to use the fund’s services from your phone. To confirm that it is you, scan "
         "the "
         "QR code in the app or type in the code printed on the first page.",
         "Vous avez demandé à accéder aux services de la caisse depuis votre téléphone. Pour "
         "confirmer qu’il s’agit bien de vous, voici un code personnel.",
         "طلبتم الولوج إلى خدمات الصندوق عبر هاتفكم. للتأكد من أنكم صاحب هذا الطلب، نوافيكم برمز "
         "شخصي."},
    [LETTER_STEPS] =
        {"1.  Open the app on the phone from which you made the request.\n"
         "2.  Choose \"I have my code\".\n"
         "3.  Scan the QR code, or type in the code.",
         "1.  Ouvrez l’application sur le téléphone depuis lequel vous avez fait la demande.\n"
         "2.  Choisissez «\u00a0J’ai reçu mon code\u00a0».\n"
         "3.  Scannez le code QR, ou saisissez le code.",
         "1.  افتحوا التطبيق على الهاتف الذي قدمتم منه الطلب.\n"
         "2.  اختاروا «توصلت بالرمز».\n"
         "3.  امسحوا رمز الاستجابة السريعة، أو أدخلوا الرمز."},
    [LETTER_CODE] = {"Code", "Code personnel", "الرمز الشخصي"},
    [LETTER_VALID] = {"Valid until %s", "Valable jusqu’au %s", "صالح إلى غاية %s"},
    [LETTER_TRIES] = {"%d tries; the code can be used once.",
                      "%d essais\u00a0; utilisable une seule fois.",
                      "%d محاولات؛ يستعمل مرة واحدة."},
    [LETTER_ALPHABET] = {"Never I, L, O or U: 0 and 1 are digits.",
                         "Ni I, ni L, ni O, ni U\u00a0: 0 et 1 sont des chiffres.",
                         "لا يتضمن الحروف I وL وO وU: ‏0 و1 رقمان."},
    [LETTER_SECRET_TITLE] = {"Tell this code to nobody", "Ne communiquez jamais ce code",
                             "لا تكشفوا هذا الرمز لأي أحد"},
    [LETTER_SECRET] =
        {"Nobody from the fund will ask you for it: not by phone, not by message, not at the "
         "counter.",
         "Personne à la caisse ne vous le demandera, ni par téléphone, ni par message, ni au "
         "guichet.",
         "لن يطلبه منكم أي مستخدم بالصندوق، لا عبر الهاتف ولا برسالة ولا في الشباك."},
    [LETTER_AGENCY_TITLE] = {"Without the app or the letter",
                             "Sans l’application ou sans la lettre", "بدون التطبيق أو الرسالة"},
    [LETTER_AGENCY] = {"Any agency will help you: bring your national identity card. You lose no "
                       "right if you do not use this code.",
                       "Toute agence vous aide\u00a0: présentez-vous avec votre carte nationale "
                       "d’identité. Ne pas utiliser ce code ne vous fait perdre aucun droit.",
                       "كل وكالة تساعدكم: تقدموا إليها ببطاقتكم الوطنية للتعريف. عدم استعمال هذا "
                       "الرمز لا يفقدكم أي حق."},
    [LETTER_STRANGER_TITLE] = {"You did not ask for it?", "Vous n’avez rien demandé\u00a0?",
                               "لم تطلبوا شيئا؟"},
    [LETTER_STRANGER] =
        {"Do not use this code, destroy this letter and tell your agency: somebody else may know "
         "your numbers.",
         "N’utilisez pas ce code, détruisez cette lettre et prévenez votre agence\u00a0: quelqu’un "
         "d’autre connaît peut-être vos numéros.",
         "لا تستعملوا هذا الرمز، وأتلفوا هذه الرسالة وأخبروا وكالتكم: قد يكون شخص آخر على علم "
         "بأرقامكم."},
};

const char *letter_text(enum letter_text text, enum language language)
{
    return texts[text][language];
}

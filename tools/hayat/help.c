#include "help.h"

#include <stdio.h>

static const char english[] =
    "Usage: hayat COMMAND [OPTIONS]\n"
    "\n"
    "  enrol start --device FILE --registration NUMBER --cine NUMBER --birth YYYY-MM-DD\n"
    "        --channel post|sms|agency --server HOST:PORT --ca FILE [--algorithm p256|ed25519]\n"
    "                                make a key in a new device file and ask for a code\n"
    "  enrol confirm [CODE] --device FILE\n"
    "                                bring the code (else read from standard input)\n"
    "  enrol resend --device FILE    ask for another code; the one before is void then\n"
    "  sign-in --device FILE         sign in with the device file that an enrolment made\n"
    "  card [CARD_ID]                the insurance card\n"
    "  home                          card, dependants and what is due\n"
    "  certificate file --form FILE [--identity FILE] [--other FILE]… [--route "
    "authority|witnessed]\n"
    "                                file this year's life certificate; run it again to go on "
    "after an interruption\n"
    "  certificate status            what is due, and where the certificate stands\n"
    "  receipt get [LC_ID]           the signed receipt, as JSON\n"
    "  receipt verify FILE --key FILE | --key-hex HEX\n"
    "                                check a receipt offline with the fund's public key\n"
    "  document get DOC_ID --out FILE  read a filed document back\n"
    "  token                         print an access token, for other gRPC clients\n"
    "  sign-out                      end the session\n"
    "\n"
    "  --json                        results as JSON (field names as in the API, bytes in base64)\n"
    "  --server HOST:PORT            instead of the device file's; unix:PATH for a local socket\n"
    "  --ca FILE                     the certificates to trust (PEM)\n"
    "  --lang fr|ar|en               language; default from LANG, else French\n"
    "  --give-up-after SECONDS       stop trying when nothing was achieved for so long (600 when "
    "filing and reading\n"
    "                                documents, 15 elsewhere)\n"
    "  --help\n"
    "\n"
    "The session is kept in ${XDG_CONFIG_HOME:-~/.config}/hayat and renewed with the device's "
    "key.\n"
    "Exit codes: 0 done; 1 the server refused, or a receipt is not valid; 2 wrong use, or a file "
    "that cannot be sent;\n"
    "3 the network gave up; 4 not signed in.\n";

static const char french[] =
    "Utilisation : hayat COMMANDE [OPTIONS]\n"
    "\n"
    "  enrol start --device FICHIER --registration NUMÉRO --cine NUMÉRO --birth AAAA-MM-JJ\n"
    "        --channel post|sms|agency --server HÔTE:PORT --ca FICHIER [--algorithm p256|ed25519]\n"
    "                                créer une clé dans un nouveau fichier d'appareil et demander "
    "un code\n"
    "  enrol confirm [CODE] --device FICHIER\n"
    "                                apporter le code (sinon lu sur l'entrée standard)\n"
    "  enrol resend --device FICHIER demander un autre code ; le précédent ne vaut alors plus\n"
    "  sign-in --device FICHIER      se connecter avec le fichier d'appareil reçu à l'inscription\n"
    "  card [CARD_ID]                la carte d'assurance maladie\n"
    "  home                          carte, ayants droit et ce qui est à faire\n"
    "  certificate file --form FICHIER [--identity FICHIER] [--other FICHIER]… [--route "
    "authority|witnessed]\n"
    "                                déposer le certificat de vie de l'année ; relancer pour "
    "continuer après une coupure\n"
    "  certificate status            ce qui est dû, et où en est le certificat\n"
    "  receipt get [LC_ID]           le récépissé signé, en JSON\n"
    "  receipt verify FICHIER --key FICHIER | --key-hex HEX\n"
    "                                vérifier un récépissé hors ligne avec la clé publique de la "
    "caisse\n"
    "  document get DOC_ID --out FICHIER  relire un document déposé\n"
    "  token                         afficher un jeton d'accès, pour d'autres clients gRPC\n"
    "  sign-out                      se déconnecter\n"
    "\n"
    "  --json                        résultats en JSON (noms de champs de l'API, octets en "
    "base64)\n"
    "  --server HÔTE:PORT            à la place de celui du fichier d'appareil ; unix:CHEMIN pour "
    "un socket local\n"
    "  --ca FICHIER                  les certificats de confiance (PEM)\n"
    "  --lang fr|ar|en               langue ; par défaut celle de LANG, sinon le français\n"
    "  --give-up-after SECONDES      abandonner après ce temps sans aucun progrès (600 pour "
    "déposer et relire des\n"
    "                                documents, 15 ailleurs)\n"
    "  --help\n"
    "\n"
    "La session est gardée dans ${XDG_CONFIG_HOME:-~/.config}/hayat et renouvelée avec la clé de "
    "l'appareil.\n"
    "Codes de sortie : 0 fait ; 1 refus du serveur, ou récépissé non valable ; 2 mauvais usage, ou "
    "fichier impossible à\n"
    "envoyer ; 3 réseau abandonné ; 4 non connecté.\n";

static const char arabic[] =
    "الاستعمال: hayat COMMAND [OPTIONS]\n"
    "\n"
    "  enrol start --device FILE --registration NUMBER --cine NUMBER --birth YYYY-MM-DD\n"
    "        --channel post|sms|agency --server HOST:PORT --ca FILE [--algorithm p256|ed25519]\n"
    "                                إنشاء مفتاح في ملف جهاز جديد وطلب رمز\n"
    "  enrol confirm [CODE] --device FILE  إدخال الرمز\n"
    "  enrol resend --device FILE    طلب رمز آخر\n"
    "  sign-in --device FILE         تسجيل الدخول بملف الجهاز\n"
    "  card [CARD_ID]                بطاقة التأمين الصحي\n"
    "  home                          البطاقة وذوو الحقوق وما هو مطلوب\n"
    "  certificate file --form FILE [--identity FILE] [--other FILE]… [--route "
    "authority|witnessed]\n"
    "                                إيداع شهادة الحياة لهذه السنة؛ أعد نفس الأمر للمتابعة بعد "
    "انقطاع\n"
    "  certificate status            ما هو مطلوب ووضعية الشهادة\n"
    "  receipt get [LC_ID]           الوصل الموقع (JSON)\n"
    "  receipt verify FILE --key FILE | --key-hex HEX\n"
    "                                التحقق من وصل دون اتصال بالمفتاح العمومي للصندوق\n"
    "  document get DOC_ID --out FILE  قراءة وثيقة مودعة\n"
    "  token                         عرض رمز الدخول لبرامج gRPC أخرى\n"
    "  sign-out                      تسجيل الخروج\n"
    "\n"
    "  --json  --server HOST:PORT  --ca FILE  --lang fr|ar|en  --give-up-after SECONDS  --help\n"
    "\n"
    "رموز الخروج: 0 تم؛ 1 رفض الخادم؛ 2 استعمال خاطئ؛ 3 تعذر الاتصال؛ 4 غير متصل.\n";

void help_print(enum language language)
{
    switch (language) {
    case LANGUAGE_EN:
        (void)fputs(english, stdout);
        return;
    case LANGUAGE_FR:
        (void)fputs(french, stdout);
        return;
    case LANGUAGE_AR:
        (void)fputs(arabic, stdout);
        return;
    }
}

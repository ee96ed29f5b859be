#include "service/mutuelles.h"

#include <string.h>

#include "base/array.h"

/* Source: domain notes, section 1. */
static const struct mutuelle mutuelles[] = {
    {"POLICE", "Mutuelle de Prévoyance Sociale de la Police", "تعاضدية الاحتياط الاجتماعي للشرطة"},
    {"DOUANES", "Mutuelle des Douanes et Impôts Indirects",
     "تعاضدية الجمارك والضرائب غير المباشرة"},
    {"OMFAM", "Œuvres de Mutualité des Fonctionnaires et Agents Assimilés du Maroc (OMFAM)",
     "الهيئات التعاضدية لموظفي الإدارات والمصالح العمومية بالمغرب"},
    {"POSTES", "Mutuelle Générale des Postes et Télécommunications",
     "التعاضدية العامة للبريد والمواصلات"},
    {"MGPAPM", "Mutuelle Générale du Personnel des Administrations Publiques du Maroc",
     "التعاضدية العامة لموظفي الإدارات العمومية بالمغرب"},
    {"MGEN", "Mutuelle Générale de l'Éducation Nationale", "التعاضدية العامة للتربية الوطنية"},
    {"FA", "Mutuelle des Forces Auxiliaires", "تعاضدية القوات المساعدة"},
    {"MODEP", "Mutuelle de l'Office d'Exploitation des Ports (MODEP)",
     "تعاضدية مكتب استغلال الموانئ"},
};

const struct mutuelle *mutuelle_find(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(mutuelles); i++) {
        if (strcmp(mutuelles[i].code, code) == 0) {
            return &mutuelles[i];
        }
    }
    return NULL;
}

const struct mutuelle *mutuelle_at(size_t index)
{
    return index < ARRAY_LEN(mutuelles) ? &mutuelles[index] : NULL;
}

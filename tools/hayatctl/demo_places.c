#include "tools/hayatctl/demo_places.h"

#include <stdio.h>

#include "base/array.h"

static const char *const cities_ma[] = {
    "Rabat",   "Casablanca", "Fès",         "Marrakech",  "Tanger",   "Meknès",
    "Oujda",   "Agadir",     "Kénitra",     "Tétouan",    "Safi",     "El Jadida",
    "Salé",    "Nador",      "Beni Mellal", "Khouribga",  "Settat",   "Taza",
    "Larache", "Essaouira",  "Errachidia",  "Ouarzazate", "Laâyoune", "Dakhla"};
static const char *const cities_fr[] = {"Paris", "Marseille",   "Lyon",
                                        "Lille", "Montpellier", "Toulouse"};
static const char *const cities_be[] = {"Bruxelles", "Anvers", "Liège"};
static const char *const cities_es[] = {"Barcelona", "Madrid", "Málaga"};
static const char *const cities_it[] = {"Torino", "Milano", "Bologna"};
static const char *const cities_nl[] = {"Amsterdam", "Rotterdam", "Utrecht"};
static const char *const cities_de[] = {"Frankfurt", "Düsseldorf", "Köln"};
static const char *const cities_ca[] = {"Montréal", "Québec", "Ottawa"};
static const char *const cities_us[] = {"New York", "Boston", "Washington"};
static const char *const cities_gb[] = {"London", "Manchester"};
static const char *const cities_tn[] = {"Tunis", "Sfax"};
static const char *const cities_sn[] = {"Dakar"};

#define CITIES(list) .cities = (list), .city_count = ARRAY_LEN(list)
#define PHONE_FICTION_MA .phone_prefix = "+212600000", .phone_digits = 3
#define PHONE_FICTION_FR .phone_prefix = "+3363998", .phone_digits = 4
#define PHONE_FICTION_US .phone_prefix = "+120255501", .phone_digits = 2

static const struct demo_country home = {.code = "MA", PHONE_FICTION_MA, CITIES(cities_ma)};

static const struct demo_country abroad[] = {
    {.code = "FR", .weight = 52, PHONE_FICTION_FR, CITIES(cities_fr)},
    {.code = "BE", .weight = 11, PHONE_FICTION_MA, CITIES(cities_be)},
    {.code = "ES", .weight = 9, PHONE_FICTION_MA, CITIES(cities_es)},
    {.code = "IT", .weight = 6, PHONE_FICTION_MA, CITIES(cities_it)},
    {.code = "NL", .weight = 6, PHONE_FICTION_MA, CITIES(cities_nl)},
    {.code = "DE", .weight = 5, PHONE_FICTION_MA, CITIES(cities_de)},
    {.code = "CA", .weight = 4, PHONE_FICTION_US, CITIES(cities_ca)},
    {.code = "US", .weight = 3, PHONE_FICTION_US, CITIES(cities_us)},
    {.code = "GB", .weight = 2, PHONE_FICTION_MA, CITIES(cities_gb)},
    {.code = "TN", .weight = 1, PHONE_FICTION_MA, CITIES(cities_tn)},
    {.code = "SN", .weight = 1, PHONE_FICTION_MA, CITIES(cities_sn)},
};

static const char *const streets[] = {"rue de l'Exemple",           "avenue du Modèle",
                                      "boulevard de l'Échantillon", "impasse du Spécimen",
                                      "place de la Maquette",       "rue de l'Essai",
                                      "lotissement Al Mithal",      "avenue de la Fiction"};

const struct demo_country *demo_country_home(void)
{
    return &home;
}

const struct demo_country *demo_country_pick(struct dice *dice)
{
    uint32_t total = 0;
    for (size_t i = 0; i < ARRAY_LEN(abroad); i++) {
        total += abroad[i].weight;
    }
    uint32_t roll = dice_below(dice, total);
    size_t i = 0;
    while (roll >= abroad[i].weight) {
        roll -= abroad[i].weight;
        i++;
    }
    return &abroad[i];
}

void demo_phone(struct dice *dice, const struct demo_country *country, char *out, size_t size)
{
    uint32_t numbers = 1;
    for (int i = 0; i < country->phone_digits; i++) {
        numbers *= 10;
    }
    (void)snprintf(out, size, "%s%0*u", country->phone_prefix, country->phone_digits,
                   dice_below(dice, numbers));
}

void demo_address(struct dice *dice, const struct demo_country *country, char *out, size_t size)
{
    uint32_t number = 1 + dice_below(dice, 199);
    const char *street = streets[dice_below(dice, ARRAY_LEN(streets))];
    const char *city = country->cities[dice_below(dice, country->city_count)];
    (void)snprintf(out, size, "%u, %s, %s", number, street, city);
}

/*
 * check_views: whether the stored first screens say what the records say (service/home_view.h): the part of `hayatctl db check`
 * that needs the service's rules.
 */
#ifndef HAYAT_HAYATCTL_CHECK_VIEWS_H
#define HAYAT_HAYATCTL_CHECK_VIEWS_H

#include "storage/check.h"

/* Adds what is wrong to REPORT; PROGRESS as for db_check. */
status check_views(struct db *db, db_check_progress *progress, void *ctx,
                   struct db_check_report *report);

#endif

#include "evidence_line.h"

const char *const finding_names[] = {"HOLDS", "INCONCLUSIVE", "DOES NOT HOLD HERE", "", NULL};

const char *finding_name(enum finding finding)
{
    return finding_names[finding];
}

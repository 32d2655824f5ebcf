#include "evidence_line.h"

const char *finding_name(enum finding finding)
{
    static const char *const names[] = {"HOLDS", "INCONCLUSIVE", "DOES NOT HOLD HERE", ""};
    return names[finding];
}

/* What the lag of a partition means for an Inform (contracts 4). */
#include "lag.h"
#include "session.h"

enum fe_admission fe_admit(const struct fe_conf *conf, uint32_t classes, int64_t lag_ms)
{
	enum fe_rank rank = fe_session_rank(classes);

	if (rank == FE_RANK_BOOTSTRAP || rank == FE_RANK_BOOT)
		return lag_ms < 0 || lag_ms > conf->lag_limit_bootstrap ? FE_ADMIT_REFUSE : FE_ADMIT_HOLD;
	return lag_ms < 0 || lag_ms > conf->lag_limit_other ? FE_ADMIT_NO_HOLD : FE_ADMIT_HOLD;
}

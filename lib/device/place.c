/* Places on the earth. */
#include "hms/device/place.h"

#include <math.h>

double hms_distance_m(double lat1, double lon1, double lat2, double lon2)
{
	const double rad = M_PI / 180.0, radius_m = 6371000.0;
	double dlat = (lat2 - lat1) * rad / 2, dlon = (lon2 - lon1) * rad / 2;
	double a = sin(dlat) * sin(dlat) + cos(lat1 * rad) * cos(lat2 * rad) * sin(dlon) * sin(dlon);

	return 2 * radius_m * asin(a < 1 ? sqrt(a) : 1);
}

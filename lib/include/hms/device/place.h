/** Places on the earth. Pure. */
#ifndef HMS_DEVICE_PLACE_H
#define HMS_DEVICE_PLACE_H

/** Metres between two places in degrees, on a sphere: good enough to choose a site. */
double hms_distance_m(double lat1, double lon1, double lat2, double lon2);

#endif

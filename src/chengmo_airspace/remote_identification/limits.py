"""The limits of F3411-22a, by the names that the standard gives them."""

from chengmo_airspace.flights.instant import SECOND_US

# NetMaxNearRealTimeDataPeriod: how long a position is news.
RECENT_US = 60 * SECOND_US
# NetMaxDisplayAreaDiagonal and NetDetailsMaxDisplayAreaDiagonal, kilometres.
LARGEST_VIEW_KM = 7.0
LARGEST_DETAILED_KM = 2.0
# NetMinClusterSize, a share of the view, and NetMinObfuscationDistance, metres.
LEAST_CLUSTER = 0.15
LEAST_HIDING_M = 300.0
# NetDSSMaxSubscriptionPerArea and NetDSSMaxSubscriptionDuration.
MOST_SUBSCRIPTIONS = 10
LONGEST_SUBSCRIPTION_US = 24 * 3600 * SECOND_US
# How far in the past a service area may begin: clocks of two machines differ by a little.
LATEST_START_US = 300 * SECOND_US

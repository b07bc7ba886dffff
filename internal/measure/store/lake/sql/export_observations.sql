-- one row is one observation, in the order of the public data set
SELECT {{columns}} FROM observations ORDER BY measurement_start_time, measurement_uid, observation_idx

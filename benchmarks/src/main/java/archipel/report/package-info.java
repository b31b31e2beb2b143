/** What was measured: rounds, percentiles, the machine they were taken on, and tables that say it with units. */
@NullMarked
package archipel.report;

import org.jspecify.annotations.NullMarked;

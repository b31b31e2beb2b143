package archipel.ensembles;

import archipel.ensemble.Ensemble;
import archipel.http.HttpServices;
import archipel.http.Router;
import org.jspecify.annotations.Nullable;

/** All endpoints of this package. */
public final class EnsembleEndpoints {
    private EnsembleEndpoints() {}

    /** @param ensemble null for a node that is on its own */
    public static void register(Router router, HttpServices services, @Nullable Ensemble ensemble) {
        new EnsembleHandler(ensemble, services.settings()).register(router);
    }
}

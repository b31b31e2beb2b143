package archipel.views;

import archipel.http.Router;
import archipel.view.IndexKeeper;
import archipel.view.ViewDefinitions;

/** All endpoints of this package. */
public final class ViewEndpoints {
    private ViewEndpoints() {}

    public static void register(Router router, IndexKeeper keeper, ViewDefinitions definitions) {
        new ViewHandler(keeper, definitions).register(router);
        new ViewAdministrationHandler(keeper, definitions).register(router);
    }
}

"""Sign-ups for a newsletter, by a form that has Django's CSRF token."""

from django.http import HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from django_site import Site


@require_GET
@csrf_exempt
def thanks(request):
    return JsonResponse({"signed_up": True})


@require_POST
@csrf_protect
def sign_up(request):
    return HttpResponseRedirect("/thanks")


urlpatterns = [path("thanks", thanks), path("sign-up", sign_up)]
app = Site(__name__)

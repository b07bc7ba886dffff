// Asks the browser for a passkey, and sends what it gives as an ordinary form.
for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  const bytes = s => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = b => b && btoa(Array.from(new Uint8Array(b), c => String.fromCharCode(c)).join('')).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  const failed = form.querySelector('[data-failed]');
  form.addEventListener('submit', async event => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const o = JSON.parse(form.dataset.options), fields = form.elements;
      o.challenge = bytes(o.challenge);
      for (const c of [...o.excludeCredentials || [], ...o.allowCredentials || []]) c.id = bytes(c.id);
      let key, response;
      if (form.dataset.passkey === 'create') {
        o.user.id = bytes(o.user.id);
        if (fields.name && fields.name.value) o.user.name = o.user.displayName = fields.name.value;
        key = await navigator.credentials.create({publicKey: o});
        response = {attestationObject: text(key.response.attestationObject), transports: key.response.getTransports ? key.response.getTransports() : []};
      } else {
        key = await navigator.credentials.get({publicKey: o});
        const r = key.response;
        response = {authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: text(r.userHandle)};
      }
      response.clientDataJSON = text(key.response.clientDataJSON);
      fields.answer.value = JSON.stringify({id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {}});
      form.submit();
    } catch (e) {
      failed.hidden = false;
    }
  });
}

{{/* `helm test`: a pod of the service's own image that asks the service, through its Service and its NetworkPolicy. */}}
{{- define "naru.test" -}}
{{- $test := merge (dict "name" (printf "%s-test" .name) "role" "test") . -}}
{{- $urls := list -}}
{{- range .root.Values.test.paths -}}
{{- $urls = append $urls (printf "http://%s:%v%s" $.name $.topology.port .) -}}
{{- end -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ $test.name }}
  labels: {{- include "naru.labels" $test | nindent 4 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  serviceAccountName: {{ .name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .root.Values.global.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{- include "naru.podSecurity" . | nindent 4 }}
  terminationGracePeriodSeconds: 1
  containers:
    - name: test
      image: {{ include "naru.image" . }}
      imagePullPolicy: {{ .root.Values.global.image.pullPolicy }}
      command:
        - node
        - --eval
        - |
          void (async () => {
            for (const url of process.argv.slice(1)) {
              const { status } = await fetch(url, { signal: AbortSignal.timeout(10_000) });
              console.log(status, url);
              if (status !== 200) process.exitCode = 1;
            }
          })();
        {{- toYaml $urls | nindent 8 }}
      resources:
        requests: { cpu: 10m, memory: 48Mi }
        limits: { cpu: 500m, memory: 128Mi }
      securityContext: {{- include "naru.containerSecurity" . | nindent 8 }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $test.name }}
  labels: {{- include "naru.labels" $test | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "naru.selector" $test | nindent 6 }}
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "naru.dnsEgress" . | nindent 4 }}
    - to: {{- include "naru.podsOf" .name | nindent 8 }}
      ports: {{- include "naru.port" .topology.port | nindent 8 }}
{{- end }}

{{/* Whom a component may talk to, and who to it. All else is denied by the namespace (k8s/). */}}
{{- define "naru.network" -}}
{{- $ := . -}}
{{- $global := .root.Values.global -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}-{{ .role }}
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "naru.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- if and .topology.isEntrance (eq .role .topology.serves) }}
    # From anywhere.
    - ports: {{- include "naru.port" .topology.port | nindent 8 }}
    {{- else }}
    - from:
        {{- if eq .role .topology.serves }}
        {{- range .topology.calledBy }}
        {{- include "naru.podsOf" . | nindent 8 }}
        {{- end }}
        {{- include "naru.podsOf" (printf "%s-test" .name) | nindent 8 }}
        {{- end }}
        # Prometheus; metrics are on the same port.
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ $global.monitoring.namespace }}
      ports: {{- include "naru.port" .topology.port | nindent 8 }}
    {{- end }}
  egress:
    {{- include "naru.dnsEgress" . | nindent 4 }}
    {{- range .topology.calls }}
    - to: {{- include "naru.podsOf" .service | nindent 8 }}
      ports: {{- include "naru.port" .port | nindent 8 }}
    {{- end }}
    {{- range .topology.needs }}
    {{- $store := index $global . }}
    # {{ . }}
    - to: {{- toYaml $store.peers | nindent 8 }}
      ports: {{- include "naru.port" $store.port | nindent 8 }}
    {{- end }}
    {{- if and (has "kafka" .topology.needs) $global.schemaRegistryUrl }}
    # The schema registry.
    - to: {{- toYaml $global.schemaRegistry.peers | nindent 8 }}
      ports: {{- include "naru.port" $global.schemaRegistry.port | nindent 8 }}
    {{- end }}
    {{- if $global.tracing.endpoint }}
    # Spans.
    - to: {{- toYaml $global.tracing.peers | nindent 8 }}
      ports: {{- include "naru.port" $global.tracing.port | nindent 8 }}
    {{- end }}
{{- end }}

{{- define "naru.port" -}}
- port: {{ . }}
  protocol: TCP
{{- end }}

{{- define "naru.podsOf" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ . }}
{{- end }}

{{- define "naru.dnsEgress" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end }}

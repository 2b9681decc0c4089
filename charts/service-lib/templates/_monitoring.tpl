{{/*
For the Prometheus operator. Pods rather than Services, for a service's Service leads to what serves, and its consumers
are behind none. Labels are those of the local platform: job `naru`, service, instance.
*/}}
{{- define "naru.monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: {{ .name }}
  labels: {{- include "naru.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .name }}
      app.kubernetes.io/part-of: naru
  jobLabel: app.kubernetes.io/part-of
  podTargetLabels:
    - app.kubernetes.io/component
  podMetricsEndpoints:
    - port: http
      path: /metrics
      interval: {{ .root.Values.global.monitoring.intervalSeconds }}s
      # Services name themselves, the same as here; without this theirs would become `exported_service`.
      honorLabels: true
      relabelings:
        - targetLabel: service
          replacement: {{ .name }}
        - sourceLabels: [__meta_kubernetes_pod_name]
          targetLabel: instance
{{- end }}
